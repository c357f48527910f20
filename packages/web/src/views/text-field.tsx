import type { RefObject, VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useIme } from './use-ime.ts'

export interface TextFieldProps {
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly value: string
  readonly label: string
  readonly placeholder: string
  readonly describedBy: string
  readonly onWrite: (value: string) => void
  readonly onEnter: () => void
  readonly onEscape: () => void
  /** The arrow key in an empty field. */
  readonly onUp: () => void
}

/** A text area that grows with its text, and whose Enter and Escape never belong to an input method. */
export function TextField(props: TextFieldProps): VNode {
  const { field, value, onWrite, onEnter, onEscape } = props
  const { guard, handlers } = useIme()
  const doubtful = useDoubtfulEnter(field, onEnter)
  // Written to only when it differs: setting the same value would end a composition that is under way.
  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    if (element.value !== value) element.value = value
    if (CSS.supports('field-sizing', 'content')) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [field, value])
  return (
    <textarea
      ref={field}
      name="message"
      rows={1}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      placeholder={props.placeholder}
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
        const owner = guard.owns(event)
        doubtful.current = owner === 'just-ended' && !modified
        if (owner !== false) return
        if (event.key === 'Escape') onEscape()
        if (event.key === 'ArrowUp' && !modified && event.currentTarget.value === '') {
          event.preventDefault()
          props.onUp()
        }
        if (event.key !== 'Enter' || modified) return
        event.preventDefault()
        if (!event.repeat) onEnter()
      }}
    />
  )
}

/**
 * Acts on an Enter that may have confirmed a candidate, once it proves to be none by breaking the line: keyboards of
 * Android end the word and press Enter in one go. Where Enter confirmed, no line break follows.
 */
function useDoubtfulEnter(
  field: RefObject<HTMLTextAreaElement | null>,
  onEnter: () => void,
): { current: boolean } {
  const doubtful = useRef(false)
  useEffect(() => {
    const element = field.current
    const onBeforeInput = (event: InputEvent): void => {
      if (event.inputType !== 'insertLineBreak' || event.isComposing || !doubtful.current) return
      event.preventDefault()
      onEnter()
    }
    element?.addEventListener('beforeinput', onBeforeInput)
    return () => element?.removeEventListener('beforeinput', onBeforeInput)
  }, [field, onEnter])
  return doubtful
}
