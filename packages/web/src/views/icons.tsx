import type { VNode } from 'preact'

/** Line drawings on a grid of 24; decorative, so their button or text must say what they mean. */
const DRAWINGS = {
  send: 'M5 12h13M12.5 5.5 19 12l-6.5 6.5',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19.5c.6-3.4 3.2-5 6.5-5s5.900 1.6 6.5 5M15.5 4.700a3.5 3.5 0 0 1 0 6.6M18 14.900c2 .7 3.2 2.300 3.5 4.6',
  share: 'M12 15V4M8 7.5 12 3.5l4 4M5 12.5V18a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18v-5.5',
  leave: 'M14 4.5H7.5A2.5 2.5 0 0 0 5 7v10a2.5 2.5 0 0 0 2.5 2.5H14M10.5 12H20M16.5 8.5 20 12l-3.5 3.5',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  down: 'M12 5v13M6.5 12.5 12 18l5.5-5.5',
  lock: 'M7.5 10.5V8a4.5 4.5 0 0 1 9 0v2.5M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 18v-6A1.5 1.5 0 0 1 7 10.5Z',
  check: 'M5.5 12.5l4 4 9-9.5',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 7.5V12l3 2',
  alert: 'M12 8v4.5M12 16h.01M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z',
  reply: 'M10 6 4.5 11.5 10 17M5 11.5h9a5.5 5.5 0 0 1 5.5 5.500V18',
  edit: 'M5 19l.8-3.600L15.500 5.700a1.9 1.9 0 0 1 2.8 2.8L8.600 18.200 5 19Z',
  copy: 'M9 9h9.5v10.5H9zM6 15H5V4.5h9.5V6',
} as const

export type IconName = keyof typeof DRAWINGS

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} />
    </svg>
  )
}

/** The mark of Roomful: a speech bubble with three people in it. */
export function Mark({ size }: { readonly size: number }): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path d="M9 8.5h14a2.5 2.5 0 0 1 2.5 2.5v8a2.5 2.5 0 0 1-2.5 2.5h-6.2L11.5 26v-4.5H9A2.5 2.5 0 0 1 6.5 19v-8A2.5 2.5 0 0 1 9 8.5Z" />
      <circle cx="11.5" cy="15" r="1.6" />
      <circle cx="16" cy="15" r="1.6" />
      <circle cx="20.5" cy="15" r="1.6" />
    </svg>
  )
}
