// npm start: from a fresh clone to a running server. Arguments are the server's: npm start -- --port 9000
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('packages/server/bundle/main.js')
