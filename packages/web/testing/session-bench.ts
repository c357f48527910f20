import type { Entry } from '../src/state/log.ts'
import { Session } from '../src/state/session.ts'
import { FakeClient, said, START } from './fake-client.ts'

/** Alice in the lobby on a client that answers by hand, and what her page was told. */
export class SessionBench {
  client = new FakeClient()
  readonly arrivals: Entry[] = []
  readonly refusals: string[] = []
  /** What waits for a timer. */
  readonly due: (() => void)[] = []
  session = this.begin()

  /** Begins anew on `client`, as after a reload of the page. `soon`: when what came is shown; default: at once. */
  begin(soon = (run: () => void): void => run()): Session {
    this.session = new Session({
      client: this.client,
      username: 'Alice',
      room: 'lobby',
      timers: { now: () => START + 10_000 * 60_000, after: (_, run) => (this.due.push(run), () => {}) },
      kept: { load: () => null, save: () => undefined },
      isHidden: () => false,
      soon,
      onArrival: (entry) => this.arrivals.push(entry),
      onRefusal: (code) => this.refusals.push(code),
    })
    this.session.start()
    return this.session
  }

  /** Keys of the rows, notices left out. */
  keys(): string[] {
    return this.session.rows.value.filter(({ kind }) => kind !== 'notices').map(({ key }) => key)
  }

  /** Puts so many messages into the room. */
  fill(count: number): void {
    this.client.room = Array.from({ length: count }, (_, i) => said(i + 1))
  }

  /** Resolves when all that was due at once is done. */
  async settled(): Promise<void> {
    for (let i = 0; i < 30; i++) await Promise.resolve()
  }
}
