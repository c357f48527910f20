/** Installs and builds what is needed, then becomes the program that was asked for. */
import { pathToFileURL } from 'node:url'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { explain } from './steps.mjs'
import { inTree, root } from './tree.mjs'

/** How often is looked whether the shell between npm and us still lives. */
const LOOK_MS = 200

/**
 * npm starts us through a shell and passes a signal on to that shell only, which ends without telling us. So when the
 * shell has gone, we end as if we had been told, once.
 */
function endWithShell() {
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

/**
 * Runs a built program in this process: signals, output and exit code are its own, with nobody in between.
 * Relative paths among its arguments start at the repository.
 * @param {string} program path from the top
 */
export async function launch(program) {
  if (process.env['npm_lifecycle_event'] !== undefined) endWithShell()
  try {
    await ensureInstalled()
    await ensureBuilt()
  } catch (error) {
    explain(error)
    process.exitCode = 1
    return
  }
  process.chdir(root)
  const file = inTree(program)
  process.argv[1] = file
  await import(pathToFileURL(file).href)
}
