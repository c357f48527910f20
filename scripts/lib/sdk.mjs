/** The SDK as a package of its own: what it takes from the protocol is part of it, as code and as types. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNode } from './steps.mjs'
import { binOf, inTree, readText } from './tree.mjs'

const OUT = inTree('.cache', 'sdk')
const ENTRIES = ['index', 'shared']

/** Types of the protocol, written out: what they are made from is a library that nobody should have to install. */
const FRAMES = `import type { ClientMessageOf, ClientMessageType, ErrorCode as Code, ModerationAction as Action, ServerMessageOf, ServerMessageType } from '@roomful/protocol'
type Plain<T> = T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T
declare function plain<T>(): Plain<T>
export const server = plain<{ [T in ServerMessageType]: ServerMessageOf<T> }>()
export const client = plain<{ [T in ClientMessageType]: ClientMessageOf<T> }>()
export const code = plain<Code>()
export const action = plain<Action>()
`

/** Makes `.cache/sdk` anew. */
export async function buildSdk() {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(join(OUT, 'dist'), { recursive: true })
  await runNode(binOf('typescript', 'tsc'), ['-b', 'packages/protocol', 'packages/client'])
  await bundle()
  await writeProtocolTypes()
  for (const entry of ENTRIES) copyTypes(`${entry}.d.ts`)
  writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  cpSync(inTree('packages', 'client', 'README.md'), join(OUT, 'README.md'))
  cpSync(inTree('LICENSE'), join(OUT, 'LICENSE'))
}

async function bundle() {
  const { build } = await import('vite')
  await build({
    configFile: false,
    logLevel: 'warn',
    root: inTree('packages', 'client'),
    resolve: { conditions: ['source', 'module', 'browser'] },
    build: {
      outDir: join(OUT, 'dist'),
      emptyOutDir: false,
      minify: false,
      lib: { entry: ENTRIES.map((entry) => `src/${entry}.ts`), formats: ['es'] },
      rolldownOptions: { output: { chunkFileNames: '[name].js', entryFileNames: '[name].js' } },
    },
  })
}

async function writeProtocolTypes() {
  const folder = inTree('packages', 'client', 'dist', 'plain')
  mkdirSync(folder, { recursive: true })
  const source = join(folder, 'frames.ts')
  writeFileSync(source, FRAMES)
  const options = [
    '--ignoreConfig',
    '--declaration',
    '--emitDeclarationOnly',
    '--noErrorTruncation',
    '--skipLibCheck',
  ]
  const language = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--exactOptionalPropertyTypes']
  await runNode(binOf('typescript', 'tsc'), [source, ...options, ...language])
  const [, server, client, code, action] = readFileSync(join(folder, 'frames.d.ts'), 'utf8').split(
    /export declare const \w+: /u,
  )
  rmSync(folder, { recursive: true })
  const rest = readText('packages/protocol/dist/messages.d.ts').replace(/^import .*\n/mu, '')
  const types = [
    `interface ServerMessages ${server}`,
    `interface ClientMessages ${client}`,
    `export type ErrorCode = ${code}`,
    `export type ModerationAction = ${action}`,
    rest,
  ]
  writeFileSync(join(OUT, 'dist', 'protocol.d.ts'), types.join('\n').replaceAll('};\n\n', '}\n\n'))
}

const copied = new Set()

/**
 * Copies a file of types and those that it names.
 * @param {string} name
 */
function copyTypes(name) {
  if (copied.has(name)) return
  copied.add(name)
  const text = readText(`packages/client/dist/${name}`)
    .replaceAll("'@roomful/protocol'", "'./protocol.js'")
    .replaceAll(/(from '\.\/[\w-]+)\.ts'/gu, "$1.js'")
    .replace(/\/\/# sourceMappingURL=.*\n?/u, '')
  writeFileSync(join(OUT, 'dist', name), text)
  for (const [, other] of text.matchAll(/from '\.\/([\w-]+)\.js'/gu))
    if (other !== 'protocol') copyTypes(`${other}.d.ts`)
}

function manifest() {
  const {
    devDependencies: _,
    private: __,
    exports,
    ...rest
  } = JSON.parse(readText('packages/client/package.json'))
  const published = Object.entries(exports).map(([path, { source: ___, ...conditions }]) => [
    path,
    conditions,
  ])
  return { ...rest, files: ['dist'], exports: Object.fromEntries(published) }
}
