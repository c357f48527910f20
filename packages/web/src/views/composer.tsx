import type { VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { bytesOf } from '../state/composing.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { useIme } from './use-ime.ts'

export interface ComposerProps {
  /** Changes whenever another view has turned to a person or taken a text back: the focus comes here. */
  readonly turns: number
  readonly onSent: () => void
}

/** Where one writes. To whom is shown before, while and after: whispering looks different in colour, words and button. */
export function Composer({ turns, onSent }: ComposerProps): VNode {
  const app = useApp()
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const [refused, setRefused] = useState(false)
  const to = composing.to.value
  const text = composing.text.value
  const online = session.connection.phase === 'online'
  const left = session.maxMessageBytes - bytesOf(text)

  useEffect(() => {
    if (turns > 0 || matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [turns])
  useEffect(() => setRefused(false), [online, to])

  const submit = (): void => {
    if (left < 0) return app.say(t.tooLong(-left))
    if (!online) {
      if (text.trim() === '') return
      // What cannot be sent now stays where it is; it is kept as a draft anyway.
      setRefused(true)
      return app.say(t.offlineHint)
    }
    const message = composing.take()
    if (message === null) return
    session.say(message.text, message.to)
    onSent()
  }
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
            value={text}
            label={to === null ? t.messageLabel : t.whisperPlaceholder(to)}
            placeholder={to === null ? t.messagePlaceholder(session.room) : t.whisperPlaceholder(to)}
            describedBy={`${id}-hint`}
            onWrite={(value) => {
              composing.write(value)
              setRefused(false)
            }}
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
      <p id={`${id}-hint`} class="composer-hint">
        {left < 0
          ? t.tooLong(-left)
          : refused
            ? t.offlineHint
            : left < session.maxMessageBytes / 8 && t.bytesLeft(left)}
      </p>
    </form>
  )
}

/** Says to whom one is whispering, and holds back when it is not sure that this is still the same person. */
function WhisperStrip({ to, onEnd }: { readonly to: string; readonly onEnd: () => void }): VNode {
  const { t } = useLanguage()
  const { composing } = useVisit()
  const standing = composing.standing.value
  return (
    <div class="strip">
      <Icon name="lock" size={18} />
      <p>
        <strong dir="auto">{t.whisperTo(to)}</strong>{' · '}
        <span>
          {standing === 'here'
            ? t.whisperOnly(to)
            : standing === 'gone'
              ? t.whisperGone(to)
              : t.whisperBack(to)}
        </span>
      </p>
      {standing === 'back' && (
        <button type="button" class="action" onClick={() => composing.confirm()}>
          {t.whisperConfirm(to)}
        </button>
      )}
      <button type="button" class="action" onClick={onEnd}>
        <Icon name="close" size={16} />
        {t.whisperEnd}
      </button>
    </div>
  )
}

interface TextFieldProps {
  readonly field: { current: HTMLTextAreaElement | null }
  readonly value: string
  readonly label: string
  readonly placeholder: string
  readonly describedBy: string
  readonly onWrite: (value: string) => void
  readonly onEnter: () => void
  readonly onEscape: () => void
}

function TextField({
  field,
  value,
  label,
  placeholder,
  describedBy,
  onWrite,
  onEnter,
  onEscape,
}: TextFieldProps): VNode {
  const { guard, handlers } = useIme()
  /** Whether the last key asks for a line break rather than for sending. */
  const breaking = useRef(false)
  useEffect(() => {
    const element = field.current
    // A line break that no input method kept for itself, although its key looked like one of theirs: keyboards of
    // Android end a word and press Enter in one go. A confirmed candidate never breaks the line.
    const onBeforeInput = (event: InputEvent): void => {
      if (event.inputType !== 'insertLineBreak' || event.isComposing || breaking.current) return
      event.preventDefault()
      onEnter()
    }
    element?.addEventListener('beforeinput', onBeforeInput)
    return () => element?.removeEventListener('beforeinput', onBeforeInput)
  }, [field, onEnter])
  // Written to only when it differs: setting the same value would end a composition that is under way.
  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    if (element.value !== value) element.value = value
    if (!CSS.supports('field-sizing', 'content')) {
      element.style.height = 'auto'
      element.style.height = `${element.scrollHeight}px`
    }
  }, [field, value])
  return (
    <textarea
      ref={field}
      name="message"
      rows={1}
      aria-label={label}
      aria-describedby={describedBy}
      placeholder={placeholder}
      enterkeyhint="send"
      autocomplete="off"
      dir="auto"
      {...handlers}
      onInput={(event) => {
        guard.input(event.isComposing)
        onWrite(event.currentTarget.value)
      }}
      onKeyDown={(event) => {
        const modified = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey
        breaking.current = modified
        if (guard.owns(event)) return
        if (event.key === 'Escape') onEscape()
        if (event.key !== 'Enter' || modified) return
        event.preventDefault()
        if (!event.repeat) onEnter()
      }}
    />
  )
}
