// npm run sim: the real core and the real SDK on virtual sockets, clock, store and chance. --help says more.
import './lib/require-node.mjs'

const { pathToFileURL } = await import('node:url')
const { ensureInstalled } = await import('./lib/install.mjs')
const { inTree, root } = await import('./lib/tree.mjs')

await ensureInstalled()
const { build } = await import('vite')
const conditions = ['source', 'module', 'node']
// One bundle: as fast as the built server, from the sources as they are.
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  resolve: { conditions },
  ssr: { noExternal: true, resolve: { conditions } },
  build: { ssr: 'test/sim/cli.ts', outDir: '.cache/sim', emptyOutDir: true, target: 'node20', minify: false },
})
await import(pathToFileURL(inTree('.cache', 'sim', 'cli.js')).href)
