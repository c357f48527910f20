import { effect } from '@preact/signals'
import { render } from 'preact'
import { askWho } from '../state/ask-who.ts'
import { guardedStorage } from '../state/storage.ts'
import { takeToken } from '../state/take-token.ts'
import { Admin } from './admin.ts'
import { AdminPage } from './page.tsx'

/** Longest wait for an answer in milliseconds. */
const PATIENCE_MS = 10_000

const admin = new Admin({
  kept: guardedStorage(() => localStorage, 'roomful.'),
  tab: guardedStorage(() => sessionStorage, 'roomful.'),
  timers: {
    now: () => Date.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  },
  languages: navigator.languages,
  isHidden: () => document.hidden,
  takeToken,
  ask: askWho,
  fetch: (path, token, init) =>
    fetch(path, {
      ...init,
      headers: { ...init?.headers, authorization: `Bearer ${token}` },
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    }),
})
effect(() => {
  document.documentElement.lang = admin.tag.value
  document.title = `${admin.t.value.title} · Roomful`
})
addEventListener('hashchange', () => {
  const token = takeToken()
  if (token !== null) void admin.show(token)
})
void admin.arrive()
const root = document.getElementById('page')
if (root !== null) render(<AdminPage admin={admin} />, root)
