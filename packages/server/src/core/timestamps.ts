// RFC 3339 section 5.6; the calendar is checked by Date.
const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** The text itself when it is an RFC 3339 time, otherwise `now` (milliseconds since 1970) as one, in UTC. */
export function timestampOr(candidate: unknown, now: number): string {
  if (typeof candidate === 'string' && RFC3339.test(candidate) && isDay(candidate.slice(0, 10)))
    return candidate
  return new Date(now).toISOString()
}

/** Date rolls a day that its month does not have over into the next one. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

/** The server's own time as RFC 3339, made once per millisecond: under load many messages share one. */
export class IsoClock {
  #ms = Number.NaN
  #text = ''

  at(ms: number): string {
    if (ms !== this.#ms) {
      this.#ms = ms
      this.#text = new Date(ms).toISOString()
    }
    return this.#text
  }
}
