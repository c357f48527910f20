/** Census: how many connections the processes hold together that share one limit of them. */
export interface Census {
  /** Those of the others, as they were told last; a moment old. */
  readonly elsewhere: number
  /** Tells the others how many there are here. Never throws and never waits. */
  tell(here: number): void
}
