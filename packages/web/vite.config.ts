import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

/** Lays compressed copies beside the files, once and with time to spare; the server picks what the browser accepts. */
const compressed: Plugin = {
  name: 'compressed-copies',
  apply: 'build',
  writeBundle({ dir = '' }) {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(?:css|html|js|svg)$/u.test(entry.name)) continue
      const path = `${entry.parentPath}/${entry.name}`
      const bytes = readFileSync(path)
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
      writeFileSync(`${path}.br`, brotliCompressSync(bytes))
    }
  },
}

/** The page has one style sheet and a handful of files: nothing to load ahead of an `import()`. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load()' : null),
}

/** Brings that call along, to views alone: with it in every file the words of a language would share a chunk with the views. */
const pragma: Plugin = {
  name: 'jsx-pragma',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('.tsx') ? `import { Fragment, h } from 'preact'\n${code}` : null),
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The server serves the files of `dist` here, and index.html at /chat.
  base: '/static/',
  // Packages of this repository are taken from their sources.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // Plain calls of `h` are shorter than those that the automatic runtime makes.
  oxc: {
    jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
  },
  plugins: [plainImports, pragma, compressed],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // Nothing is inlined: the content security policy of the page allows files of its own origin only.
    assetsInlineLimit: 0,
    modulePreload: false,
    license: { fileName: 'third-party-licenses.md' },
    reportCompressedSize: false,
  },
})
