import { render } from 'preact'
import { effect } from '@preact/signals'
import { loadWords, preferredLang } from './i18n/i18n.ts'
import { App, type Surroundings } from './state/app.ts'
import { askWho } from './state/ask-who.ts'
import type { Fresh } from './state/sign-in.ts'
import { takeToken } from './state/take-token.ts'
import { guardedStorage, ownFirst } from './state/storage.ts'
import { Page } from './views/page.tsx'

/** Longest wait in milliseconds for the next frame; a hidden page draws none. */
const SOON_MS = 100

/** Hears of fresh tokens of the same person. */
const tabs = new BroadcastChannel('roomful.token')

async function surroundings(): Promise<Surroundings> {
  const address = new URL(location.href)
  const kept = guardedStorage(() => localStorage, 'roomful.')
  // A link may be meant for readers of one language.
  const lang = preferredLang(address.searchParams.get('lang') ?? kept.get('lang'), navigator.languages)
  return {
    kept,
    tab: guardedStorage(() => sessionStorage, 'roomful.'),
    drafts: ownFirst(
      guardedStorage(() => sessionStorage, 'roomful.draft.'),
      guardedStorage(() => localStorage, 'roomful.draft.'),
    ),
    timers: {
      now: () => Date.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    origin: location.origin,
    roomInAddress: address.searchParams.get('room'),
    seqInAddress: () => {
      const seq = Number(/^#m-(\d{1,15})$/u.exec(location.hash)?.[1])
      return seq > 0 ? seq : null
    },
    takeToken,
    askWho,
    tellTabs: (fresh) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
      tabs.postMessage(fresh)
    },
    languages: navigator.languages,
    speaking: { lang, words: await loadWords(lang) },
    loadWords,
    soon: (run) => {
      const frame = requestAnimationFrame(() => {
        clearTimeout(timer)
        run()
      })
      const timer = setTimeout(() => {
        cancelAnimationFrame(frame)
        run()
      }, SOON_MS)
    },
    isHidden: () => document.hidden,
    confirm: (question) => confirm(question),
    showRoom: (room) => {
      const here = new URL(location.href)
      if (here.searchParams.get('room') !== room) here.hash = ''
      here.searchParams.set('room', room)
      history.replaceState(history.state, '', here)
    },
  }
}

/** Less than this many pixels is a toolbar. */
const KEYBOARD_PX = 120

/**
 * Makes room for a keyboard that lies over the page instead of making the window smaller, as on iOS. Never while the
 * page is zoomed: the visible part is then smaller for another reason.
 */
function followKeyboard(): void {
  const { height = innerHeight, scale = 1 } = visualViewport ?? {}
  const covered = scale === 1 ? innerHeight - height : 0
  const open = covered > KEYBOARD_PX && document.activeElement?.matches('input, textarea') === true
  document.documentElement.style.setProperty('--keyboard', open ? `${covered}px` : '0px')
  if (open) scrollTo(0, 0)
}

// Not awaited at the top: what is fetched later takes parts from this file, and would wait for it.
async function start(): Promise<void> {
  const app = new App(await surroundings())
  effect(() => {
    document.title = app.title.value
  })
  effect(() => {
    document.documentElement.lang = app.language.value.tag
  })
  effect(() => {
    onbeforeunload = app.unkept.value > 0 ? (event) => event.preventDefault() : null
  })
  document.addEventListener('visibilitychange', () => app.looked())
  addEventListener('hashchange', () => {
    const token = takeToken()
    if (token === null) app.follow()
    else void app.show(token)
  })
  tabs.addEventListener('message', ({ data }: MessageEvent<Fresh>) => app.heardFresh(data))
  visualViewport?.addEventListener('resize', followKeyboard)
  void app.arrive()
  const root = document.getElementById('page')
  if (root !== null) render(<Page app={app} />, root)
}

void start()
