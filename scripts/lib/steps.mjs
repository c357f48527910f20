/** Running commands quietly: one line for each step, everything it said only when it fails. */
import { spawn } from 'node:child_process'
import { root } from './tree.mjs'

/** A step that failed. `output` is what its command said. */
export class StepFailed extends Error {
  /** @param {string} message @param {string} output */
  constructor(message, output) {
    super(message)
    this.name = 'StepFailed'
    this.output = output
  }
}

/**
 * Runs a command in the repository's top folder and gathers what it says.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, shell?: boolean }} [options] `env` is added to this process's own
 * @returns {Promise<string>} its output; rejects with `StepFailed` unless it exits with 0
 */
export function run(command, args, { env = {}, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const gather = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout.on('data', gather)
    child.stderr.on('data', gather)
    child.on('error', (error) =>
      reject(new StepFailed(`${command} could not be started: ${error.message}`, output)),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new StepFailed(code === null ? `ended by ${signal}` : `exit code ${code}`, output))
    })
  })
}

/**
 * Runs a JavaScript file with this very Node.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 */
export const runNode = (file, args, options) => run(process.execPath, [file, ...args], options)

/**
 * Shows one line for a piece of work: its title, then how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
export async function step(title, work) {
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
  process.stderr.write(`${title} … `)
  try {
    const result = await work()
    process.stderr.write(`${seconds()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`failed after ${seconds()}\n`)
    if (!(error instanceof StepFailed)) throw error
    throw new StepFailed(`${title} failed: ${error.message}`, error.output)
  }
}

/**
 * Says why a step failed. A fault of the scripts themselves is thrown on.
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof StepFailed)) throw error
  process.stderr.write(`\n${error.output.trimEnd()}\n\n${error.message}\n`)
}
