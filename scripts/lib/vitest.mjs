/** Runs vitest and counts what became of the tests. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { binOf, inTree, root } from './tree.mjs'

/** Where vitest's own report is after `runTests`. */
export const REPORT = inTree('.cache', 'test-report.json')

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string} file
 * @returns {string[]} arguments with which vitest writes what became of each test into the file, which is removed first
 */
export function reportTo(file) {
  rmSync(file, { force: true })
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
}

/**
 * @param {string} file
 * @param {number | null} code exit code of vitest
 * @returns {Counts} a file that could not be loaded, or an error outside of any test, counts as one failure
 */
export function readCounts(file, code) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = report.testResults
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  const failed = report.numFailedTests + broken.length
  return {
    passed: report.numPassedTests,
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/**
 * Runs the tests with vitest's own output.
 * @param {readonly string[]} args for vitest: words that choose files, flags
 * @returns {Promise<Counts>}
 */
export async function runTests(args) {
  const vitest = spawn(process.execPath, [binOf('vitest'), 'run', ...reportTo(REPORT), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => vitest.kill(signal))
  return new Promise((resolve, reject) => {
    vitest.on('error', reject)
    vitest.on('close', (code) => resolve(readCounts(REPORT, code)))
  })
}
