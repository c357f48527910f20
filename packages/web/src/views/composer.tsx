import type { VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { bytesOf } from '../state/composing.ts'
import { AboutStrip } from './about-strip.tsx'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { SyncLine } from './sync-line.tsx'
import { TextField } from './text-field.tsx'
import { TypingLine } from './typing-line.tsx'
import { useModerating } from './use-moderating.ts'
import { WhisperStrip } from './whisper-strip.tsx'

/** Milliseconds for which something waits before it is told that it is not kept. */
const UNKEPT_MS = 1000

export interface ComposerProps {
  /** Changes whenever another view has turned to a person or taken a text back: the focus comes here. */
  readonly turns: number
  readonly onSent: () => void
}

/** Where one writes. To whom is shown before, while and after: whispering looks different in colour, words and button. */
export function Composer({ turns, onSent }: ComposerProps): VNode {
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const { hint, submit, onWrite } = useSubmit(onSent)
  const [to, about] = [composing.to.value, composing.about.value]
  // Before the change is painted: whoever sees the strip already types, and no letter may go elsewhere.
  useLayoutEffect(() => {
    if (turns > 0 || matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [turns])
  const toEveryone = (): void => {
    composing.address(null)
    field.current?.focus()
  }
  const dismiss = (): void => {
    composing.dismiss()
    field.current?.focus()
  }
  return (
    <form
      class={to === null ? 'composer' : 'composer whispering'}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
        field.current?.focus()
      }}
    >
      <div class="sheet">
        {to !== null && about?.kind !== 'edit' && <WhisperStrip to={to} onEnd={toEveryone} />}
        <Silenced />
        {about !== null && <AboutStrip about={about} onEnd={dismiss} />}
        <div class="line">
          <TextField
            field={field}
            value={composing.text.value}
            label={
              about?.kind === 'edit' ? t.editing : to === null ? t.messageLabel : t.whisperPlaceholder(to)
            }
            placeholder={to === null ? t.messagePlaceholder(session.room) : t.whisperPlaceholder(to)}
            describedBy={id}
            onWrite={onWrite}
            onEnter={submit}
            onEscape={() => {
              if (about !== null) dismiss()
              else if (to !== null) toEveryone()
            }}
            onUp={() => {
              const last = session.lastOwn()
              if (last !== null) composing.edit(last)
            }}
          />
          <SendButton />
        </div>
      </div>
      <Unkept />
      <Foot id={id} hint={hint} />
    </form>
  )
}

/** Tells why nothing can be said to all. */
function Silenced(): VNode | null {
  const { timers } = useApp()
  const { session, composing } = useVisit()
  const [, lookAgain] = useState(0)
  const now = timers.now()
  const silenced = composing.to.value === null ? session.ruling.silenced(now) : null
  const until = silenced?.until ?? Infinity
  useEffect(
    () => (until === Infinity ? undefined : timers.after(until - timers.now(), () => lookAgain(until))),
    [until, timers],
  )
  const parts = useModerating(silenced !== null)
  return silenced && parts && <parts.SilencedStrip silenced={silenced} />
}

/** Tells that what waits is not kept, unless it is gone in a moment. */
function Unkept(): VNode | null {
  const app = useApp()
  const { t } = useLanguage()
  const waits = app.unkept.value > 0
  const [long, setLong] = useState(false)
  useEffect(() => {
    setLong(false)
    return waits ? app.timers.after(UNKEPT_MS, () => setLong(true)) : undefined
  }, [waits, app])
  useEffect(() => {
    if (long) app.say(app.language.peek().t.unkept)
  }, [long, app])
  return waits && long ? <p class="unkept">{t.unkept}</p> : null
}

/** What stands in the way of sending, otherwise who is writing; and whether everything is here. */
function Foot({ id, hint }: { readonly id: string; readonly hint: string | null }): VNode {
  return (
    <div class="foot">
      <p id={id} class="composer-hint">
        {hint}
      </p>
      {hint === null && <TypingLine />}
      <SyncLine />
    </div>
  )
}

/** Says by its look where the text goes. */
function SendButton(): VNode {
  const { t } = useLanguage()
  const { composing } = useVisit()
  const [icon, label] =
    composing.about.value?.kind === 'edit'
      ? (['check', t.save] as const)
      : composing.to.value === null
        ? (['send', t.send] as const)
        : (['lock', t.whisperSend] as const)
  return (
    <button type="submit" class="send" aria-label={label}>
      <Icon name={icon} />
    </button>
  )
}

interface Submit {
  /** What stands in the way of sending, or soon will. */
  readonly hint: string | null
  readonly submit: () => void
  readonly onWrite: (text: string) => void
}

/** Sends what was written, or says why not and keeps it. */
function useSubmit(onSent: () => void): Submit {
  const app = useApp()
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const [refused, setRefused] = useState(false)
  const { phase } = session.connection
  const online = phase === 'online'
  const to = composing.to.value
  const left = session.maxMessageBytes - bytesOf(composing.text.value)
  // A private message does not wait: when it could be sent, that name may belong to somebody else.
  const waits = !online && phase !== 'stopped' && (to === null || composing.about.value?.kind === 'edit')
  useEffect(() => setRefused(false), [online, to])
  return {
    hint:
      left < 0
        ? t.tooLong(-left)
        : refused
          ? t.keptHint
          : waits
            ? t.offlineHint
            : left < session.maxMessageBytes / 8
              ? t.bytesLeft(left)
              : null,
    submit: () => {
      if (left < 0) return app.say(t.tooLong(-left))
      if (composing.text.peek().trim() === '') return
      // What cannot be sent now stays where it is; it is kept as a draft anyway.
      const refuse = (): false => {
        setRefused(true)
        app.say(t.keptHint)
        return false
      }
      const isSilenced = composing.to.peek() === null && session.ruling.silenced(app.timers.now()) !== null
      if (isSilenced || (!online && !waits)) return void refuse()
      const message = composing.take(({ text, to: person, about }) => {
        const taken =
          about?.kind === 'edit'
            ? session.change(about, { kind: 'edit', text })
            : session.say(text, person, about?.seq)
        return taken || refuse()
      })
      if (message === null) return
      if (!online) app.say(t.queued)
      if (message.about?.kind !== 'edit') onSent()
    },
    onWrite: (text) => {
      composing.write(text)
      setRefused(false)
      if (text !== '' && composing.about.peek()?.kind !== 'edit')
        session.presence.write(composing.to.peek(), session.people.count)
    },
  }
}
