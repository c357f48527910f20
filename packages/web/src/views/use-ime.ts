import { useMemo } from 'preact/hooks'
import { createImeGuard, type ImeGuard } from '../state/ime.ts'

/** Handlers that keep a guard informed; spread them on the text field. */
export interface ImeHandlers {
  readonly onCompositionStart: () => void
  readonly onCompositionEnd: () => void
  readonly onBlur: () => void
  readonly onPaste: () => void
}

/** A guard for one text field; its `input` handler must report `isComposing` itself. */
export function useIme(): { readonly guard: ImeGuard; readonly handlers: ImeHandlers } {
  return useMemo(() => {
    const guard = createImeGuard(() => performance.now())
    const handlers: ImeHandlers = {
      onCompositionStart: guard.compositionStarted,
      onCompositionEnd: guard.compositionEnded,
      onBlur: guard.reset,
      onPaste: guard.reset,
    }
    return { guard, handlers }
  }, [])
}
