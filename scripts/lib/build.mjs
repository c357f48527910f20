/** Builds the packages, and does nothing when no source has changed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { runNode, step } from './steps.mjs'
import { binOf, filesBelow, inTree } from './tree.mjs'

const STAMP = inTree('.cache', 'build')
const RESULTS = [
  'packages/server/dist/main.js',
  'packages/server/bundle/main.js',
  'packages/web/dist/index.html',
  'packages/web/dist/admin/admin.html',
]
const NO_SOURCE = /\.test\.tsx?$|^packages\/[^/]+\/testing\//

/** Content of everything that goes into the build. */
function sourcesHash() {
  const sources = filesBelow('packages').filter((path) => !NO_SOURCE.test(path))
  const hash = createHash('sha256')
  for (const path of [...sources, 'tsconfig.base.json', 'package-lock.json']) {
    hash.update(`${path}\0`).update(readFileSync(inTree(path)))
  }
  return hash.digest('hex')
}

const compile = () =>
  runNode(binOf('typescript', 'tsc'), ['-b', 'packages/protocol', 'packages/client', 'packages/server'])

/** @param {string} folder @param {string[]} more */
const bundle = (folder, ...more) =>
  runNode(binOf('vite'), ['build', folder, '--logLevel', 'warn', ...more], {
    env: { NODE_ENV: 'production' },
  })

/** Compiles the libraries and the server, and bundles the server's program and the page. */
export async function build() {
  const key = sourcesHash()
  await step('Building the server', async () => {
    await compile()
    await bundle('packages/server')
  })
  await step('Building the page', async () => {
    await bundle('packages/web')
    await bundle('packages/web', '--config', inTree('packages', 'web', 'vite.admin.config.ts'))
  })
  mkdirSync(inTree('.cache'), { recursive: true })
  writeFileSync(STAMP, key)
}

/** Builds when a source has changed since the last build, or its result is gone. */
export async function ensureBuilt() {
  const there = existsSync(STAMP) && RESULTS.every((path) => existsSync(inTree(path)))
  if (!there || readFileSync(STAMP, 'utf8') !== sourcesHash()) await build()
}
