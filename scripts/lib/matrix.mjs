/** The tests that may depend on the version of Node, by several of them. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { npm } from './install.mjs'
import { run, StepFailed, step } from './steps.mjs'
import { binOf, inTree } from './tree.mjs'
import { readCounts, reportTo } from './vitest.mjs'

const VERSIONS = ['20', '22', '24', '26']

/** What differs between versions: the language, timers and streams, SQLite (libsql before 22.13), `ws` beneath, signals, workers. */
const PARTS = [
  {
    name: 'unit',
    files: [
      'packages/protocol',
      'packages/client',
      'packages/server/src/core',
      'packages/server/src/adapters/sqlite',
    ],
  },
  {
    name: 'wire',
    files: ['endpoints', 'messages', 'v1', 'resume', 'restart', 'drain', 'jwt'].map(
      (file) => `test/wire/${file}.test.ts`,
    ),
  },
]

/**
 * Fetches a Node by the package that ships its binary for this platform, without install scripts.
 * @param {string} major
 * @returns {Promise<string>} path of the program
 */
async function fetchNode(major) {
  const folder = inTree('.cache', 'node', major)
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  const program = `${folder}/node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  // A folder of its own, or npm would look for one further up.
  writeFileSync(`${folder}/package.json`, '{"private":true}\n')
  const [command, args, shell] = npm()
  await run(
    command,
    [...args, 'install', '--prefix', folder, '--ignore-scripts', '--no-save', `${name}@${major}`],
    { shell },
  )
  return program
}

/**
 * @param {string} node
 * @param {readonly string[]} files
 */
async function test(node, files) {
  const report = inTree('.cache', 'matrix-report.json')
  try {
    await run(node, [binOf('vitest'), 'run', ...reportTo(report), ...files])
    return { counts: readCounts(report, 0), output: '' }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return { counts: readCounts(report, 1), output: error.output }
  }
}

/**
 * @param {readonly string[]} chosen major versions; all when empty
 * @returns {Promise<boolean>} whether everything passed by every one
 */
export async function runMatrix(chosen) {
  const unknown = chosen.filter((major) => !VERSIONS.includes(major))
  if (unknown.length > 0)
    throw new StepFailed(`not supported: ${unknown.join(', ')} (of ${VERSIONS.join(', ')})`, '')
  const rows = []
  let well = true
  for (const major of chosen.length > 0 ? chosen : VERSIONS) {
    const node = await step(`Fetching Node ${major}`, () => fetchNode(major))
    const version = (await run(node, ['--version'])).trim()
    for (const { name, files } of PARTS) {
      const started = performance.now()
      const { counts, output } = await step(`${version} ${name}`, () => test(node, files))
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      if (counts.failed > 0) process.stderr.write(`${output.trimEnd()}\n`)
      well = well && counts.failed === 0 && counts.passed > 0
      rows.push(
        `| ${version} | ${name} | ${counts.passed} | ${counts.failed} | ${counts.skipped} | ${seconds} |`,
      )
    }
  }
  console.log(
    `\n| Node | Tests | passed | failed | skipped | s |\n|---|---|---:|---:|---:|---:|\n${rows.join('\n')}`,
  )
  return well
}
