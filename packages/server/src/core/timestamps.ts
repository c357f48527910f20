// RFC 3339 section 5.6; the calendar is checked by Date.
const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** The text itself when it is an RFC 3339 time, otherwise `now` (milliseconds since 1970) as one, in UTC. */
export function timestampOr(candidate: unknown, now: number): string {
  if (
    typeof candidate === 'string' &&
    RFC3339.test(candidate) &&
    !Number.isNaN(Date.parse(leapless(candidate)))
  )
    return candidate
  return new Date(now).toISOString()
}

/** Date knows no second 60. */
function leapless(time: string): string {
  return time[17] === '6' ? `${time.slice(0, 17)}59${time.slice(19)}` : time
}
