/** Everything that is checked without running the product. */
import { explain, runNode, step } from './steps.mjs'
import { binOf, inTree } from './tree.mjs'

/** @type {readonly { name: string, title: string, file: () => string, args: readonly string[] }[]} */
export const CHECKS = [
  { name: 'types', title: 'Checking types', file: () => binOf('typescript', 'tsc'), args: ['-b'] },
  { name: 'lint', title: 'Linting', file: () => binOf('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', title: 'Checking format', file: () => binOf('@biomejs/biome'), args: ['format', '.'] },
  { name: 'dead', title: 'Looking for dead code', file: () => binOf('knip'), args: ['--no-progress'] },
  { name: 'rules', title: 'Checking protocol rules', file: () => inTree('scripts', 'rules.mjs'), args: [] },
]

/**
 * Runs checks one after the other, all of them also when one fails.
 * @param {typeof CHECKS} [checks]
 * @returns {Promise<number>} how many failed
 */
export async function check(checks = CHECKS) {
  let failed = 0
  for (const { title, file, args } of checks) {
    try {
      await step(title, () => runNode(file(), args))
    } catch (error) {
      explain(error)
      failed += 1
    }
  }
  return failed
}
