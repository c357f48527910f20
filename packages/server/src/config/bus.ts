/** The setting `bus`: by what the nodes of a cluster hear of each other. */

/** A PostgreSQL database tells its nodes itself; a server that is alone needs nobody. */
export const AUTOMATIC_BUS = 'auto'
export const DATABASE_BUS = 'postgres'

const BROKER = /^(?:redis|rediss|valkey|valkeys|nats|amqp|amqps):\/\/./

/** Whether it is the address of a broker. */
export function isBroker(bus: string): boolean {
  return BROKER.test(bus) && isReadable(bus) && new URL(bus).host !== ''
}

/** Whether it begins as an address does, usable or not. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text)
}

/** Whether it is an address with all that it encodes: a % that is meant as such is written as %25. */
export function isReadable(address: string): boolean {
  try {
    const { username, password, pathname } = new URL(address)
    for (const part of [username, password, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

/** As it may be shown: a broker without user, password and token. */
export function shownBus(bus: string): string {
  if (!isBroker(bus)) return bus
  const { protocol, host, pathname } = new URL(bus)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
