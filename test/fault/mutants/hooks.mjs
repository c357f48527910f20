/** Module hooks: an adapter's file stands behind one that wraps what it makes. */

/** @typedef {{ format: string, source?: unknown, shortCircuit?: boolean }} Loaded */

/** By the end of a file's address: the text that takes its place. @type {Readonly<Record<string, (real: string) => string>>} */
const WRAPPERS = {
  '/server/dist/adapters/sqlite/sqlite-store.js': (real) => `
    import { openSqliteStore as open } from ${real}
    import { mutantStore } from ${JSON.stringify(new URL('./store.mjs', import.meta.url).href)}
    export const openSqliteStore = async (options) => mutantStore(await open(options))`,
  '/server/dist/adapters/postgres/postgres-store.js': (real) => `
    import { openPostgres as open } from ${real}
    import { mutantStore } from ${JSON.stringify(new URL('./store.mjs', import.meta.url).href)}
    export * from ${real}
    export const openPostgres = async (options) => {
      const opened = await open(options)
      return { ...opened, store: mutantStore(opened.store) }
    }`,
  '/server/dist/adapters/bus/linked-channel.js': (real) => `
    import { openLinkedChannel as open } from ${real}
    import { losing } from ${JSON.stringify(new URL('./hints.mjs', import.meta.url).href)}
    export * from ${real}
    export const openLinkedChannel = async (...args) => losing(await open(...args))`,
  '/server/dist/adapters/ws/ws-server.js': (real) => `
    import { attachWebSockets as attach } from ${real}
    import { mutantService } from ${JSON.stringify(new URL('./socket.mjs', import.meta.url).href)}
    export const attachWebSockets = (server, service, ...rest) => attach(server, mutantService(service), ...rest)`,
}

/**
 * @param {string} url @param {object} context
 * @param {(url: string, context: object) => Promise<Loaded>} next @returns {Promise<Loaded>}
 */
export async function load(url, context, next) {
  const end = Object.keys(WRAPPERS).find((each) => url.endsWith(each))
  const wrapper = end === undefined ? undefined : WRAPPERS[end]
  if (wrapper === undefined) return next(url, context)
  return { format: 'module', source: wrapper(JSON.stringify(`${url}?real`)), shortCircuit: true }
}
