/** Clock and chance are passed in, so that a test can own them. */
export interface Clock {
  /** Wall clock, milliseconds since 1970: for what people read. It may jump. */
  now(): number
  /** Monotonic milliseconds: for every deadline and interval. */
  monotonic(): number
  /** Milliseconds so far in which this process had nothing to do. While they hardly rise, something waits for its turn. */
  idle(): number
  /** Calls `task` every `ms` milliseconds until the returned function is called. Does not keep the process alive. */
  every(ms: number, task: () => void): () => void
  /** Calls `task` once after `ms` milliseconds unless the returned function is called first. */
  after(ms: number, task: () => void): () => void
  /** Calls `task` once when the events of this turn of the event loop have been handled. */
  endOfTurn(task: () => void): void
}

export interface Random {
  /** `bytes` random bytes as base64url, fit for secrets. */
  token(bytes: number): string
}
