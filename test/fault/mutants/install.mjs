/**
 * `node --import install.mjs main.js` starts the real server with one deliberate fault, named by MUTANT: where it is put together,
 * its store or its sockets are replaced by ones that lie. Nothing else of it is changed.
 */
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
