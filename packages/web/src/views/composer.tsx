import type { VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { bytesOf } from '../state/composing.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { SyncLine } from './sync-line.tsx'
import { TextField } from './text-field.tsx'
import { WhisperStrip } from './whisper-strip.tsx'

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
  const to = composing.to.value
  // Before the change is painted: whoever sees the strip already types, and no letter may go elsewhere.
  useLayoutEffect(() => {
    if (turns > 0 || matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [turns])
  const toEveryone = (): void => {
    composing.address(null)
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
        {to !== null && <WhisperStrip to={to} onEnd={toEveryone} />}
        <div class="line">
          <TextField
            field={field}
            value={composing.text.value}
            label={to === null ? t.messageLabel : t.whisperPlaceholder(to)}
            placeholder={to === null ? t.messagePlaceholder(session.room) : t.whisperPlaceholder(to)}
            describedBy={id}
            onWrite={onWrite}
            onEnter={submit}
            onEscape={() => {
              if (to !== null) toEveryone()
            }}
          />
          <button type="submit" class="send" aria-label={to === null ? t.send : t.whisperSend}>
            <Icon name={to === null ? 'send' : 'lock'} />
          </button>
        </div>
      </div>
      <div class="foot">
        <p id={id} class="composer-hint">
          {hint}
        </p>
        <SyncLine />
      </div>
    </form>
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
  const waits = !online && phase !== 'stopped' && to === null
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
      if ((!online && !waits) || !session.sending.hasRoom) {
        // What cannot be sent now stays where it is; it is kept as a draft anyway.
        setRefused(true)
        return app.say(t.keptHint)
      }
      const message = composing.take()
      if (message === null) return
      session.say(message.text, message.to)
      if (!online) app.say(t.queued)
      onSent()
    },
    onWrite: (text) => {
      composing.write(text)
      setRefused(false)
    },
  }
}
