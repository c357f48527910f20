import type { VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'
import { useIme } from './use-ime.ts'

export interface FieldProps {
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly fault: string | null
  readonly name: string
  readonly autocomplete: string
  readonly maxLength: number
  readonly autofocus?: boolean
}

/** A labelled line of text with a hint, or what is wrong with it in its place. */
export function Field({
  label,
  hint,
  value,
  onValue,
  fault,
  name,
  autocomplete,
  maxLength,
  autofocus,
}: FieldProps): VNode {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const { guard, handlers } = useIme()
  useEffect(() => {
    if (fault !== null) input.current?.focus()
  }, [fault])
  useEffect(() => {
    if (autofocus === true && matchMedia('(pointer: fine)').matches) input.current?.focus()
  }, [autofocus])
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={input}
        id={id}
        name={name}
        value={value}
        autocomplete={autocomplete}
        autocapitalize="off"
        spellcheck={false}
        maxLength={maxLength}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-hint`}
        {...handlers}
        onInput={(event) => {
          guard.input(event.isComposing)
          onValue(event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          // The Enter that confirms a candidate must not submit the form.
          if (event.key === 'Enter' && guard.owns(event) !== false) event.preventDefault()
        }}
      />
      <p id={`${id}-hint`} class={fault === null ? 'hint' : 'fault'}>
        {fault !== null && <Icon name="alert" size={18} />}
        {fault ?? hint}
      </p>
    </div>
  )
}
