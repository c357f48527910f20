/** What the guard reads of a key event. */
export interface KeyFacts {
  readonly key: string
  readonly isComposing: boolean
  readonly keyCode: number
}

/** Safari ends a composition up to this many milliseconds before it reports the key that confirmed it. */
const AFTER_COMPOSITION_MS = 30

/** Key code that browsers report while an input method handles a key (UI Events, appendix "Legacy key attributes"). */
const IME_KEY_CODE = 229

/** Which key events belong to an input method. One guard per text field. */
export interface ImeGuard {
  compositionStarted(): void
  compositionEnded(): void
  /** Any `input` event. One outside a composition shows that none is under way. */
  input(isComposing: boolean): void
  /** Blur and paste also show that no composition is under way. */
  reset(): void
  /**
   * Whether the key confirms, cancels or moves through candidates, so that the page must not act on it. `just-ended`: it
   * is an Enter right behind a composition, which may be the one that confirmed it.
   */
  owns(key: KeyFacts): 'composing' | 'just-ended' | false
}

/**
 * Three guards in one: the event's own flag, the legacy key code, and a flag kept from composition events, since
 * Safari reports the confirming key after the composition has ended. That flag repairs itself: some Android keyboards
 * begin compositions and never end them. `now` gives milliseconds.
 */
export function createImeGuard(now: () => number): ImeGuard {
  let composing = false
  let endedAt = Number.NEGATIVE_INFINITY
  return {
    compositionStarted: () => {
      composing = true
    },
    compositionEnded: () => {
      composing = false
      endedAt = now()
    },
    input: (isComposing) => {
      if (!isComposing) composing = false
    },
    reset: () => {
      composing = false
      endedAt = Number.NEGATIVE_INFINITY
    },
    owns: ({ key, isComposing, keyCode }) => {
      if (isComposing || keyCode === IME_KEY_CODE || composing) return 'composing'
      return key === 'Enter' && now() - endedAt < AFTER_COMPOSITION_MS ? 'just-ended' : false
    },
  }
}
