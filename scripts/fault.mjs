// npm run fault -- NAME [--seed N] [--scale S] [--mutant NAME] [--json FILE]: breaks things and judges what clients were told.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('test/fault/main.mjs')
