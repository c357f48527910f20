// npm run ops:drill [-- NAME …] [-- --messages N]: what an operator does by the book, done to real processes.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('test/ops/drill.mjs')
