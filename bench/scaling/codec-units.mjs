/** What hints cost: on the broker in bytes, and for those who hear them. */
import { createHub, createHmacSigner, createMemoryStore } from '../../packages/server/dist/index.js'
import { createHintCodec } from '../../packages/server/dist/adapters/bus/hint-codec.js'
import { createSystemClock, createSystemRandom } from '../../packages/server/dist/adapters/system-clock.js'

/** @typedef {import('../../packages/server/dist/ports/bus.js').Hint} Hint */
/** @typedef {import('../../packages/server/dist/ports/store.js').Entry} Entry */

const PEOPLE = 100_000
const ROOM_PEOPLE = 20
const PER_HINT = 250
const RUNS = 2_000
/** Where the numbers of a node's changes begin. */
const RUN = 1_000

const signer = createHmacSigner(Buffer.alloc(32, 7))
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const counts = { echoed: 0, refused: 0, unknown: 0 }
const there = createHintCodec({ node: 'there', signer, logger: silent, counts })
const here = createHintCodec({ node: 'here', signer, logger: silent, counts })

/** @param {number} i @returns {Entry} */
const entryOf = (i) => ({
  log: `room${i % 1_000}`,
  seq: i + 1,
  id: `c29tZXRoaW5nMTI-${i.toString(36)}`,
  kind: 'message',
  author: `Somebody ${i % 1_000}`,
  authorId: 'c29tZXRoaW5nIHVuaXF1ZQ',
  target: null,
  text: 'What people say is some sixty characters long, more or less.',
  timestamp: '2026-01-01T00:00:00.000Z',
  at: 1_767_225_600_000 + i,
  clientId: '00000000-0000-4000-8000-000000000000',
  about: null,
})

/** @param {number} from @returns {Hint} */
const joinsFrom = (from) => ({
  presence: [
    {
      kind: 'changes',
      run: RUN,
      from: RUN + from,
      changes: Array.from({ length: PER_HINT }, (_, i) => ({
        kind: /** @type {const} */ ('joined'),
        room: `room${Math.floor((from + i) / ROOM_PEOPLE)}`,
        person: `c29tZXRoaW5nIHVu${from + i}`,
        name: `Somebody ${from + i}`,
        away: false,
        isNew: true,
      })),
    },
  ],
})

/** Microseconds of processor time. @param {() => void} work */
function processorTime(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Hears one hint again and again: microseconds each. @param {string} text */
function hearing(text) {
  const run = () => {
    for (let i = 0; i < RUNS; i++) here.decode(text)
  }
  run()
  return processorTime(run) / RUNS
}

/** A node that hears of people elsewhere. */
async function remotePeople() {
  /** @type {(hint: Hint, from: string) => void} */
  let tell = () => {}
  const registry = {
    node: 'here',
    claim: () => Promise.resolve([]),
    release: () => Promise.resolve(),
    find: () => Promise.resolve([]),
    beat: () =>
      Promise.resolve({
        kept: true,
        nodes: [
          { node: 'here', version: 0 },
          { node: 'there', version: 0 },
        ],
      }),
    close: () => Promise.resolve(),
  }
  const hub = createHub({
    store: createMemoryStore(),
    bus: {
      isLost: false,
      publish() {},
      subscribe(listener) {
        tell = listener
        return () => {}
      },
      close: () => Promise.resolve(),
    },
    registry,
    clock: createSystemClock(),
    random: createSystemRandom(),
    signer,
    logger: silent,
  })
  /** @type {string[]} */
  const hints = []
  for (let from = 0; from < PEOPLE; from += PER_HINT) hints.push(there.encode(joinsFrom(from)))
  global.gc?.()
  const before = process.memoryUsage().heapUsed
  const microseconds = processorTime(() => {
    for (const text of hints) {
      const heard = here.decode(text)
      if (heard !== null) tell(heard.hint, heard.from)
    }
  })
  global.gc?.()
  const bytes = process.memoryUsage().heapUsed - before
  const { connected_count: known } = hub.members('room7')
  if (known !== ROOM_PEOPLE) throw new Error(`the node knows ${known} of ${ROOM_PEOPLE} people`)
  await hub.stop('restart')
  return { changeMicroseconds: microseconds / PEOPLE, personBytes: bytes / PEOPLE }
}

export async function codecUnits() {
  if (global.gc === undefined) throw new Error('memory is measured with node --expose-gc')
  const entries = Array.from({ length: 101 }, (_, i) => entryOf(i))
  const one = there.encode({ entries: entries.slice(0, 1) })
  const many = there.encode({ entries })
  const entryBytes = (many.length - one.length) / 100
  const entryMicroseconds = (hearing(many) - hearing(one)) / 100
  return {
    hintBytes: one.length - entryBytes,
    entryBytes,
    changeBytes: there.encode(joinsFrom(0)).length / PER_HINT,
    hintMicroseconds: Math.max(0, hearing(one) - entryMicroseconds),
    entryMicroseconds,
    ...(await remotePeople()),
  }
}
