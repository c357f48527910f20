/** Why the server cannot listen, as one sentence that says what to do. */
export function listenFault(error: unknown, { host, port }: { host: string; port: number }): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is already in use: stop the program that uses it, or choose another port with --port.`
    case 'EACCES':
      return `Port ${port} may not be opened by this user: choose a port above 1023 with --port.`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}: choose one of its own with --host, or 0.0.0.0 for all of them.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host name ${host} is not known: choose an address of this machine with --host.`
    default:
      return `Cannot listen on port ${port} of ${host} (${code}): choose others with --port and --host.`
  }
}
