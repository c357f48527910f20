import { randomInt } from 'node:crypto'

/** @typedef {import('@roomful/server').Store} Store */
/** @typedef {Parameters<Store['append']>[0]} Batch */
/** @typedef {Awaited<ReturnType<Store['append']>>} Results */

/** How long the commit comes after its acknowledgement, in milliseconds. */
const LATE_MS = 200

/** @type {Readonly<Record<string, (store: Store) => Partial<Store>>>} */
const LIES = { early, forget, skip, silent }

/** The store, with the fault that MUTANT names. @param {Store} store @returns {Store} */
export function mutantStore(store) {
  const lie = LIES[process.env['MUTANT'] ?? '']
  if (lie === undefined) return store
  /** @type {Store} */
  const honest = {
    epoch: store.epoch,
    append: (batch) => store.append(batch),
    read: (log, range, limit) => store.read(log, range, limit),
    heads: (logs) => store.heads(logs),
    firsts: (logs) => store.firsts(logs),
    trim: (retention, limit) => store.trim(retention, limit),
    rooms: (after, limit) => store.rooms(after, limit),
    check: () => store.check(),
    close: () => store.close(),
  }
  return { ...bound(store), ...honest, ...lie(store) }
}

/** Members that came to the port later. @param {Store} store */
function bound(store) {
  /** @type {Record<string, unknown>} */
  const members = {}
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(store))) {
    const member = Reflect.get(store, name)
    members[name] = typeof member === 'function' ? member.bind(store) : member
  }
  return members
}

/** Numbers are guessed and given out; the commit comes later. @param {Store} store @returns {Partial<Store>} */
function early(store) {
  /** @type {Map<string, number>} */
  const heads = new Map()
  let line = Promise.resolve()
  const headAfter = async (/** @type {string} */ log) => {
    const head = (heads.get(log) ?? (await store.heads([log]))[0] ?? 0) + 1
    heads.set(log, head)
    return head
  }
  return {
    append: (batch) => {
      const guess = async () => {
        /** @type {Results[number][]} */
        const results = []
        for (const { log, copy } of batch) {
          const seq = await headAfter(log)
          results.push({ outcome: 'appended', seq, copySeq: copy === null ? 0 : await headAfter(copy) })
        }
        setTimeout(() => void store.append(batch).catch(() => {}), LATE_MS)
        return results
      }
      const answer = line.then(guess)
      line = answer.then(noop, noop)
      return answer
    },
  }
}

/** Another process gives other client ids. @param {Store} store @returns {Partial<Store>} */
function forget(store) {
  const salt = randomInt(0x10000).toString(16).padStart(4, '0')
  return {
    append: (batch) =>
      store.append(
        batch.map((entry) => ({
          ...entry,
          clientId: entry.clientId === null ? null : `${entry.clientId.slice(0, -4)}${salt}`,
        })),
      ),
  }
}

/** Pages of what was missed lack an entry. @param {Store} store @returns {Partial<Store>} */
function skip(store) {
  return {
    read: async (log, range, limit) => {
      const page = await store.read(log, range, limit)
      return 'after' in range && page.length > 2 ? page.filter((_, place) => place !== 1) : page
    },
  }
}

function noop() {}

/** Everything is taken and nothing is kept, without an error: only a canary shows it. @returns {Partial<Store>} */
function silent() {
  return { append: async (batch) => batch.map(() => ({ outcome: 'appended', seq: 1, copySeq: 1 })) }
}
