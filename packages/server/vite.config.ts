import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Packages of this repository are taken from their sources. */
const conditions = ['source', 'module', 'node']

/** Stays outside: `libsql`, which has native code, and what Fastify loads in the middle of functions that are not called here. */
const external = [
  'libsql',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
]

/** Large packages that `@fastify/static` and `@fastify/swagger` load at once, for options that are not used here, and the functions they take. */
const LATER = new Map([
  ['glob', ['glob']],
  ['yaml', ['parse', 'stringify']],
])

/** Puts a small module in the place of each, which loads the package from outside when one of its functions is called. */
const later: Plugin = {
  name: 'load-later',
  enforce: 'pre',
  resolveId(id, importer) {
    if (!LATER.has(id)) return null
    return importer === `\0later:${id}` ? { id, external: true } : `\0later:${id}`
  },
  load(id) {
    const name = id.startsWith('\0later:') ? id.slice('\0later:'.length) : ''
    const functions = LATER.get(name)
    return functions
      ?.map((each) => `exports.${each} = (...args) => require('${name}').${each}(...args)`)
      .join('\n')
  },
}

/**
 * V8 compiles a function in parentheses at once, but in Node.js 20 not an arrow function, which it first reads as one to be compiled
 * later: the bundler's wrappers around CommonJS modules are all called in the same moment. A tenth of a start.
 */
const compiledAtOnce: Plugin = {
  name: 'compiled-at-once',
  renderChunk: (code) => ({
    code: code.replaceAll(/(__commonJSMin\(\()\(((?:exports(?:, module)?)?)\) => \{/g, '$1function($2) {'),
    map: null,
  }),
}

/** The program in few files, as it is started: 0.5 s instead of 1.5 s. Docs: docs/decisions/0004. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions },
  ssr: { noExternal: true, external, resolve: { conditions } },
  plugins: [later, compiledAtOnce],
  build: {
    ssr: true,
    outDir: 'bundle',
    emptyOutDir: true,
    target: 'node20',
    // What a stack trace names can be found in it; `node --enable-source-maps` names the lines of the sources.
    minify: false,
    sourcemap: true,
    license: { fileName: 'third-party-licenses.md' },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        main: 'src/main.ts',
        worker: 'src/adapters/sqlite/worker.ts',
        'worker-process': 'src/worker-process.ts',
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
})
