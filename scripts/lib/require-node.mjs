// Imported first and alone: what follows may use names that an old Node does not have, and would fail with a riddle.
// Hence also the old spelling of the built-in.
import { readFileSync } from 'fs'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
/** @type {string} */
const needed = manifest.engines.node.replace('>=', '')

/** @param {string} version */
const parts = (version) => version.split('.').map(Number)

const [major = 0, minor = 0] = parts(process.versions.node)
const [neededMajor = 0, neededMinor = 0] = parts(needed)

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  console.error(
    `Roomful needs Node.js ${needed} or newer and this is ${process.versions.node}: install a current one from https://nodejs.org and run the command again.`,
  )
  process.exit(1)
}
