import type { Outbox } from '@roomful/client'
import { type ReadonlySignal, signal } from '@preact/signals'

/** What waits in an outbox and would not outlive the page, because the browser refuses to keep it. */
export interface Keeping {
  readonly unkept: ReadonlySignal<number>
  end(): void
}

export function createKeeping(outbox: Outbox): Keeping {
  const count = (): number => (outbox.persistent ? 0 : outbox.entries.length)
  const unkept = signal(count())
  const recount = (): void => {
    unkept.value = count()
  }
  const endings = [outbox.onChange(recount), outbox.onKeeping(recount)]
  return {
    unkept,
    end: () => {
      for (const ending of endings) ending()
    },
  }
}
