/** Takes a token out of the address before anything else can read it there. */
export function takeToken(): string | null {
  const token = /^#token=([^&]*)/u.exec(location.hash)?.[1]
  if (token === undefined) return null
  const here = new URL(location.href)
  here.hash = ''
  history.replaceState(history.state, '', here)
  return token
}
