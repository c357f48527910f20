/** Ending when npm is told to end. */

/** How often is looked whether the shell between npm and us still lives. */
const LOOK_MS = 200

/**
 * npm starts us through a shell and passes a signal on to that shell only, which ends without telling us. So when the
 * shell has gone, we end as if we had been told, once. Does nothing when npm did not start us.
 */
export function endWithShell() {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS)
  timer.unref()
  const told = (/** @type {NodeJS.Signals} */ signal, /** @type {number} */ code) => {
    clearInterval(timer)
    // Having listened, we stand in for the default until the program has listeners of its own.
    if (process.listenerCount(signal) === 0) process.exit(code)
  }
  process.once('SIGINT', (signal) => told(signal, 130))
  process.once('SIGTERM', (signal) => told(signal, 143))
}
