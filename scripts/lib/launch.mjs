/** Installs and builds what is needed, then becomes the program that was asked for. */
import { pathToFileURL } from 'node:url'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { endWithShell } from './shell.mjs'
import { explain } from './steps.mjs'
import { inTree, root } from './tree.mjs'

/**
 * Runs a built program in this process: signals, output and exit code are its own, with nobody in between.
 * Relative paths among its arguments start at the repository.
 * @param {string} program path from the top
 */
export async function launch(program) {
  endWithShell()
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
