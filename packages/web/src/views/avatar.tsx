import type { VNode } from 'preact'
import { hueOf, initialsOf } from '../text/avatar.ts'

/** A person as a coloured disc. Decorative: the name always stands beside it. */
export function Avatar({ name }: { readonly name: string }): VNode {
  const initials = initialsOf(name)
  return (
    <span class={`avatar hue-${hueOf(name)} ${initials.length > 1 ? 'wide' : ''}`} aria-hidden="true">
      {initials}
    </span>
  )
}
