// npm run cluster -- [--bus postgres|redis|nats|rabbitmq] [--nodes 3] [--port N] [--folder FOLDER] [-- FLAGS of each node]
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('scripts/lib/cluster/main.mjs')
