// npm run fuzz: a million frames and a million messages, right and wrong, against the server. --help says more.
import './lib/require-node.mjs'

const { pathToFileURL } = await import('node:url')
const { ensureInstalled } = await import('./lib/install.mjs')
const { inTree, root } = await import('./lib/tree.mjs')

await ensureInstalled()
const { build } = await import('vite')
const conditions = ['source', 'module', 'node']
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  resolve: { conditions },
  ssr: { noExternal: [/^@roomful\//], resolve: { conditions } },
  build: {
    ssr: 'test/security/fuzz/cli.ts',
    outDir: '.cache/fuzz',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
  },
})
await import(pathToFileURL(inTree('.cache', 'fuzz', 'cli.js')).href)
