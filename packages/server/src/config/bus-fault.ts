import { shownBus } from './bus.ts'

/** Server behind each scheme of the setting `bus`. */
const SERVERS: Readonly<Record<string, string>> = {
  amqp: 'RabbitMQ',
  amqps: 'RabbitMQ',
  nats: 'NATS',
  redis: 'Redis',
  rediss: 'Redis',
  valkey: 'Valkey',
  valkeys: 'Valkey',
}

/** Why the bus cannot be used, as one sentence that says what to do. */
export function busFault(error: unknown, bus: string): string {
  return `bus: ${shownBus(bus)} cannot be used: ${reasonOf(error, bus)}.`
}

function reasonOf(error: unknown, bus: string): string {
  // One for several addresses of one host has no text of its own.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0], bus)
  const said = (error instanceof Error ? error.message : String(error)).split('\n', 1).join('')
  const [scheme = ''] = bus.split(':', 1)
  if (/SSL routines|wrong version number/i.test(said))
    return `what listens there does not speak TLS: name its port for TLS, or begin the address with ${scheme.replace(/s$/, '')}://`
  if (/self[- ]signed certificate|unable to (?:verify|get)[^:]* certificate/i.test(said))
    return `its certificate is of nobody whom this machine trusts (${said}): name the file with the certificate of its authority in the environment variable NODE_EXTRA_CA_CERTS`
  const reason = said.replace(/\.$/, '')
  const server = SERVERS[scheme]
  if (/^no answer|timed? ?out/i.test(reason) && server !== undefined)
    return `${reason}: see that ${server} listens there${scheme.endsWith('s') && scheme !== 'nats' ? ', with TLS' : ''}`
  return adviceOf(reason, scheme) ?? reason
}

/** What a broker, or its library, says in words that help nobody who has not read its manual. */
function adviceOf(reason: string, scheme: string): string | undefined {
  const server = SERVERS[scheme]
  if (reason.startsWith('NOAUTH'))
    return `it wants a password: name it in the address, as in ${scheme}://:password@host:port or ${scheme}://user:password@host:port`
  if (/^Unknown RESP type|^Socket closed unexpectedly/.test(reason))
    return `what listens there is no ${server}, or ends the connection at once (${reason}): name the port of ${server}`
  if (reason === 'Invalid pathname')
    return 'what stands behind the / of the address is no number of a database: write one such as /0, or leave it out'
  if (/^NOPERM|^Permissions Violation|ACCESS_REFUSED - access to/i.test(reason))
    return `its user may not do what is needed (${reason}): let it publish and subscribe to every name that begins with roomful`
  return undefined
}
