import type { ServerMessageOf } from '@roomful/protocol'
import { refusedBy, unanswered } from './client-error.ts'

/**
 * Changes a JSON Web Token for a ticket (AU13), which the option `token` takes in its place: it may be shown once, within 30 s. `url` is that of the client. Rejects
 * with a `ClientError`: the server's refusal, or `bad_frame`; and with what `fetch` rejects with.
 */
export async function fetchTicket(url: string, token: string): Promise<{ ticket: string }> {
  const address = new URL(url)
  address.protocol = address.protocol.replace('ws', 'http')
  address.pathname = address.pathname.replace(/\/*$/, '/api/v1/tickets')
  const response = await fetch(address, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  const body = (await response.json().catch(() => null)) as Answer | null
  if (typeof body?.ticket === 'string') return { ticket: body.ticket }
  const { code, detail = '' } = body ?? {}
  throw code === undefined
    ? unanswered('bad_frame')
    : refusedBy({ ...body, type: 'error', code, message: detail })
}

interface Answer extends Partial<Omit<ServerMessageOf<'error'>, 'type'>> {
  readonly ticket?: unknown
  readonly detail?: string
}
