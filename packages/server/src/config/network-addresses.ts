import { networkInterfaces } from 'node:os'

/** IPv4 addresses of this machine that others in the network can use; none where a sandbox forbids to ask for them. */
export function networkAddresses(read: typeof networkInterfaces = networkInterfaces): string[] {
  try {
    return Object.values(read()).flatMap((addresses = []) =>
      addresses
        .filter(({ internal, family }) => !internal && family === 'IPv4')
        .map(({ address }) => address),
    )
  } catch {
    return []
  }
}
