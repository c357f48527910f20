import type { Stage } from '../../../packages/server/testing/stage.ts'

/** Milliseconds of this process's own time that one round may cost: no input may stop a server for longer. */
const MAX_ROUND_MS = 1_000

/** Faults that are kept. The first one is what counts. */
const MAX_FAULTS = 20

/** Of errors: they are an everyday thing here, and where they came from is costly to find out. */
const STACK_LINES = 1

/** What would have ended a server. */
const ESCAPES = ['unhandledRejection', 'uncaughtException']

/** Is told after each round how many inputs were tried. */
export type Told = (tried: number) => void

/** What was tried, how it ended, and what must not have happened. */
export class Tally {
  readonly what: string
  readonly seed: number
  tried = 0
  /** Longest round, in milliseconds of processor time. */
  longestMs = 0
  readonly outcomes = new Map<string, number>()
  readonly faults: string[] = []
  readonly #told: Told
  readonly #stackTraceLimit = Error.stackTraceLimit
  readonly #escaped = (cause: unknown): void =>
    this.fault(`nobody caught: ${cause instanceof Error ? cause.stack : String(cause)}`)

  constructor(what: string, seed: number, told: Told = () => {}) {
    this.what = what
    this.seed = seed
    this.#told = told
    for (const event of ESCAPES) process.on(event, this.#escaped)
    Error.stackTraceLimit = STACK_LINES
  }

  count(tried: number, outcome: string): void {
    this.tried += tried
    this.outcome(outcome)
  }

  outcome(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
  }

  fault(what: string): void {
    if (this.faults.length < MAX_FAULTS)
      this.faults.push(`seed ${this.seed}, ${this.what} ${this.tried}: ${what}`)
  }

  /** A round of inputs. Only processor time counts: on a busy machine everything may take longer. */
  async timed(round: () => Promise<unknown>): Promise<void> {
    const before = process.cpuUsage()
    await round()
    const { user, system } = process.cpuUsage(before)
    const tookMs = (user + system) / 1_000
    this.longestMs = Math.max(this.longestMs, tookMs)
    if (tookMs > MAX_ROUND_MS) this.fault(`a round took ${Math.round(tookMs)} ms`)
    this.#told(this.tried)
  }

  /** At the end: nobody may have complained, and nobody may be left. */
  settle({ complaints, hub }: Pick<Stage, 'complaints' | 'hub'>): void {
    for (const event of ESCAPES) process.off(event, this.#escaped)
    Error.stackTraceLimit = this.#stackTraceLimit
    for (const complaint of complaints) this.fault(`logged: ${complaint}`)
    const { connected_count, connections } = hub.status()
    if (connected_count > 0) this.fault(`still there: ${JSON.stringify(connections)}`)
  }
}
