import { useRef } from 'preact/hooks'
import type { Row } from '../../state/rows.ts'
import type { Piece } from '../../state/window.ts'
import type { Viewport } from './viewport.ts'

/** The place of a row among all rows, for those who cannot see it. */
export interface Stop {
  readonly tabIndex: 0 | -1
  /** From 1. */
  readonly position: number
  readonly size: number
}

export interface Roving {
  /** Row that must stay in the document because the focus is in it. */
  readonly pinned: string | null
  /** The one row that the tab key stops at. */
  tabStop(pieces: readonly Piece[]): string | null
  /** Brings a row to the middle of the view and the focus to it. */
  bring(key: string): void
  /** After rendering: moves the focus to a row that was asked for. */
  settle(): void
  readonly onKeyDown: (event: KeyboardEvent) => void
  readonly onFocusIn: (event: FocusEvent) => void
  readonly onFocusOut: (event: FocusEvent) => void
}

/** One tab stop for the whole transcript; arrow keys, Home and End walk through it (ARIA pattern "feed", roving tabindex). */
export function useRoving(view: Viewport, rows: readonly Row[], refresh: () => void): Roving {
  const active = useRef<string | null>(null)
  const inside = useRef(false)
  const wanted = useRef<string | null>(null)

  const moveTo = (index: number): void => {
    const row = rows[Math.max(0, Math.min(index, rows.length - 1))]
    if (row === undefined) return
    active.current = row.key
    wanted.current = row.key
    view.reveal(row.key)
    refresh()
  }
  return {
    pinned: inside.current ? active.current : null,
    tabStop: (pieces) => {
      const held = pieces.flatMap((piece) =>
        piece.kind === 'rows' ? rows.slice(piece.start, piece.end) : [],
      )
      return (held.find(({ key }) => key === active.current) ?? held.at(-1))?.key ?? null
    },
    bring: (key) => {
      active.current = key
      wanted.current = key
      view.center(key)
      refresh()
    },
    settle: () => {
      if (wanted.current === null) return
      const element = view.elementOf(wanted.current)
      if (element === null) return
      wanted.current = null
      element.focus({ preventScroll: true })
    },
    onKeyDown: (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
      const current = rows.findIndex(({ key }) => key === active.current)
      const target = targetOf(event.key, current, rows.length)
      const { target: element } = event
      if (event.key === 'Enter' && element instanceof HTMLElement && element.dataset['key'] !== undefined)
        element.querySelector<HTMLElement>('.tools')?.click()
      else if (event.key === 'Escape') document.querySelector<HTMLElement>('.composer textarea')?.focus()
      else if (target === null) return
      else moveTo(target)
      event.preventDefault()
    },
    onFocusIn: (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-key]') : null
      const key = row?.dataset['key'] ?? null
      const changed = key !== active.current || !inside.current
      active.current = key
      inside.current = true
      if (changed) refresh()
    },
    onFocusOut: (event) => {
      if (!staysInside(event)) inside.current = false
    },
  }
}

function staysInside({ currentTarget, relatedTarget }: FocusEvent): boolean {
  return (
    currentTarget instanceof Node && relatedTarget instanceof Node && currentTarget.contains(relatedTarget)
  )
}

function targetOf(key: string, current: number, count: number): number | null {
  switch (key) {
    case 'ArrowUp':
      return current < 0 ? count - 1 : current - 1
    case 'ArrowDown':
      return current < 0 ? count - 1 : current + 1
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
