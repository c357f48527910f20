/** The repository against its own layer rules, and planted faults that prove the rules can fail. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cyclesOf, edgesOf, importsOf } from '../scripts/lib/import-graph.mjs'
import { layerFaults } from '../scripts/lib/layers.mjs'
import { sourceFaults } from '../scripts/lib/source-rules.mjs'
import { treeFaults } from '../scripts/lib/sources.mjs'
import { binOf, inTree } from '../scripts/lib/tree.mjs'

const EXPORTS = new Map([['@roomful/protocol', 'packages/protocol/src/index.ts']])
const CORE = 'packages/server/src/core'
const ADAPTERS = 'packages/server/src/adapters'

const planted = (files: Record<string, string>) => edgesOf(new Map(Object.entries(files)), EXPORTS)
const faults = (files: Record<string, string>, alsoThere: readonly string[] = []) =>
  layerFaults(planted(files), (path) => path in files || alsoThere.includes(path))
const specifiers = (source: string) => importsOf(source).imports.map(({ specifier }) => specifier)

describe('this repository', () => {
  const tree = treeFaults()

  it('has been read', () => {
    expect(tree.files).toBeGreaterThan(50)
    expect(tree.imports).toBeGreaterThan(tree.files)
  })

  it('has no import cycle, types counted', () => {
    expect(tree.cycles).toEqual([])
  })

  it('imports only downwards', () => {
    expect(tree.layers).toEqual([])
  })

  it('keeps the rules of its sources', () => {
    expect(tree.sources).toEqual([])
  })
})

describe('reading imports', () => {
  it.each([
    ['static', `import { a } from './a.ts'`, './a.ts'],
    ['default and named', `import a, { b as c } from "./a.ts"`, './a.ts'],
    ['over several lines', `import {\n  a, // from './comment.ts'\n  b,\n} from './a.ts'`, './a.ts'],
    ['type', `import type { A } from './a.ts'`, './a.ts'],
    ['type in place', `let a: import('./a.ts').A`, './a.ts'],
    ['side effect', `import './a.css'`, './a.css'],
    ['export from', `export { a } from './a.ts'`, './a.ts'],
    ['export all', `export * as a from './a.ts'`, './a.ts'],
    ['export type', `export type { A } from './a.ts'`, './a.ts'],
    ['dynamic', `const a = await import('./a.ts')`, './a.ts'],
    ['inside a template', 'const a = `${await import("./a.ts")}`', './a.ts'],
    ['computed', 'await import(`./${name}.ts`)', '(computed)'],
    ['require', `require('a')`, 'a'],
    ['behind a regular expression', `const q = /['"\`]/\nimport './a.ts'`, './a.ts'],
    ['behind an apostrophe in JSX', `const p = <p>Don't {x}</p>\nimport('./a.ts')`, './a.ts'],
    ['behind a division', `const h = a / 2 // '\nimport './a.ts'`, './a.ts'],
    ['behind a closing tag', `const p = <a b={c} />\nexport * from './a.ts'`, './a.ts'],
  ])('%s', (_, source, expected) => {
    expect(specifiers(source)).toEqual([expected])
  })

  it.each([
    ['comment', `// import './a.ts'\n/* export * from './a.ts' */`],
    ['text', `const a = "import './a.ts'"`],
    ['template', "const a = `import './a.ts'`"],
    ['method', `loader.import('./a.ts')`],
    ['import.meta', `import.meta.url`],
    ['export of a value', `export const from = 'a'`],
  ])('not in a %s', (_, source) => {
    expect(specifiers(source)).toEqual([])
  })

  it('gives the line', () => {
    expect(importsOf(`/*\n*/\nconst a = \`\n\`\nimport './a.ts'`).imports).toEqual([
      { specifier: './a.ts', line: 5 },
    ])
  })

  it('follows a worker that is named by URL', () => {
    const edges = planted({
      [`${ADAPTERS}/a.ts`]: `new Worker(new URL('./a-worker.js', import.meta.url))`,
      [`${ADAPTERS}/a-worker.ts`]: '',
    })
    expect(edges.map(({ target }) => target)).toEqual([`${ADAPTERS}/a-worker.ts`])
  })
})

describe('a planted cycle is found', () => {
  it('of two files', () => {
    const edges = planted({ 'test/a.ts': `import './b.ts'`, 'test/b.ts': `import './a.ts'` })
    expect(cyclesOf(edges)).toEqual([['test/a.ts', 'test/b.ts']])
  })

  it('of types only', () => {
    const edges = planted({
      'test/a.ts': `import type { B } from './b.ts'`,
      'test/b.ts': `export type { C } from './c.ts'`,
      'test/c.ts': `export type C = import('./a.ts').A`,
    })
    expect(cyclesOf(edges)).toEqual([['test/a.ts', 'test/b.ts', 'test/c.ts']])
  })

  it('of a file with itself', () => {
    expect(cyclesOf(planted({ 'test/a.ts': `import './a.ts'` }))).toEqual([['test/a.ts']])
  })

  it('and two ways to one file are none', () => {
    const edges = planted({
      'test/a.ts': `import './b.ts'\nimport './c.ts'`,
      'test/b.ts': `import './c.ts'`,
      'test/c.ts': '',
    })
    expect(cyclesOf(edges)).toEqual([])
  })
})

describe('a planted import against the layers is found', () => {
  const other = {
    'packages/protocol/src/index.ts': '',
    'packages/client/src/index.ts': '',
    'packages/server/src/ports/store.ts': '',
    [`${CORE}/log.ts`]: '',
    [`${ADAPTERS}/sqlite.ts`]: '',
    'packages/server/src/config/load.ts': '',
    'packages/server/src/main.ts': '',
    'packages/server/src/core/log.test.ts': '',
    'test/support/server.ts': '',
  }

  it.each([
    ['core to adapters', `${CORE}/a.ts`, '../adapters/sqlite.ts'],
    ['core to config', `${CORE}/a.ts`, '../config/load.ts'],
    ['core to a built-in', `${CORE}/a.ts`, 'node:crypto'],
    ['core to a library', `${CORE}/a.ts`, 'ws'],
    ['core to main', `${CORE}/a.ts`, '../main.ts'],
    ['adapters to core', `${ADAPTERS}/a.ts`, '../core/log.ts'],
    ['adapters to config', `${ADAPTERS}/a.ts`, '../config/load.ts'],
    ['ports to core', 'packages/server/src/ports/a.ts', '../core/log.ts'],
    ['ports to a built-in', 'packages/server/src/ports/a.ts', 'node:net'],
    ['config to core', 'packages/server/src/config/a.ts', '../core/log.ts'],
    ['main to a library', 'packages/server/src/main.ts', 'fastify'],
    ['protocol to a library', 'packages/protocol/src/a.ts', 'ws'],
    ['protocol to a built-in', 'packages/protocol/src/a.ts', 'node:buffer'],
    ['client to a library', 'packages/client/src/a.ts', 'typebox'],
    ['client to a built-in', 'packages/client/src/a.ts', 'node:events'],
    ['web to a library that is not its own', 'packages/web/src/a.ts', 'react'],
    ['a source to a test', `${CORE}/a.ts`, './log.test.ts'],
    ['across packages by path', 'packages/client/src/a.ts', '../../protocol/src/index.ts'],
    ['a test across packages by path', 'packages/client/src/a.test.ts', '../../protocol/src/index.ts'],
    ['a package to the tests', 'packages/client/src/a.ts', '../../../test/support/server.ts'],
    ['to a part that a package does not export', `${CORE}/a.ts`, '@roomful/protocol/src/codes.ts'],
    ['to a file that is not there', `${CORE}/a.ts`, './nowhere.ts'],
    ['from a file of no layer', 'packages/server/src/stray.ts', './ports/store.ts'],
  ])('%s', (_, file, specifier) => {
    expect(faults({ ...other, [file]: `import '${specifier}'` })).toHaveLength(1)
  })

  it.each([
    ['core to ports', `${CORE}/a.ts`, '../ports/store.ts'],
    ['core to the protocol', `${CORE}/a.ts`, '@roomful/protocol'],
    ['adapters to ports', `${ADAPTERS}/a.ts`, '../ports/store.ts'],
    ['adapters to a library', `${ADAPTERS}/a.ts`, 'ws'],
    ['adapters to a built-in', `${ADAPTERS}/a.ts`, 'node:net'],
    ['main to everything', 'packages/server/src/main.ts', './adapters/sqlite.ts'],
    ['client to the protocol', 'packages/client/src/a.ts', '@roomful/protocol'],
    ['a style sheet', 'packages/web/src/a.tsx', './a.css'],
    ['the tests to a part of a package', 'test/a.test.ts', '../packages/server/src/core/log.ts'],
  ])('and not %s', (_, file, specifier) => {
    expect(faults({ ...other, [file]: `import '${specifier}'` }, ['packages/web/src/a.css'])).toEqual([])
  })
})

describe('a planted fault in a source is found', () => {
  const fault = (file: string, text: string) => sourceFaults(new Map([[file, text]]))

  it.each([
    ['the environment', `${ADAPTERS}/a.ts`, `process.env['PORT']`],
    ['the environment, unpacked', `${ADAPTERS}/a.ts`, `const { env } = process`],
    ['a double cast', 'test/a.ts', `const a = b as unknown as C`],
    ['time', `${CORE}/a.ts`, `const now = Date.now()`],
    ['time as a date', `${CORE}/a.ts`, `const now = new Date()`],
    ['chance', `${CORE}/a.ts`, `const a = Math.random()`],
    ['too many lines', 'packages/web/src/a.css', 'a {}\n'.repeat(401)],
  ])('%s', (_, file, text) => {
    expect(fault(file, text)).toHaveLength(1)
  })

  it.each([
    ['the environment in config', 'packages/server/src/config/a.ts', `process.env['PORT']`],
    ['a word about it', `${ADAPTERS}/a.ts`, `// process.env\nconst a = 'process.env'`],
    ['something else of the process', `${ADAPTERS}/a.ts`, `const { pid } = process`],
    ['400 lines', 'packages/web/src/a.css', 'a {}\n'.repeat(400)],
    ['a date from a number', `${CORE}/a.ts`, `new Date(at).toISOString()`],
  ])('and not %s', (_, file, text) => {
    expect(fault(file, text)).toEqual([])
  })

  it('a function of more than 60 lines, by the linter', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roomful-'))
    const lint = (lines: number) => {
      const body = '  work()\n'.repeat(lines - 2)
      writeFileSync(join(folder, 'planted.ts'), `export function planted(work: () => void) {\n${body}}\n`)
      const args = [binOf('oxlint'), '-c', inTree('.oxlintrc.json'), folder]
      return spawnSync(process.execPath, args, { encoding: 'utf8' })
    }
    const long = lint(61)
    const short = lint(60)
    rmSync(folder, { recursive: true })
    expect(long.stdout).toContain('max-lines-per-function')
    expect(long.status).toBe(1)
    expect(short.status).toBe(0)
  })
})
