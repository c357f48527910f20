/** Fuzzing of the messages: the core with every dialect and endpoint, on virtual time, and the HTTP side of it. */
import { setTimeout } from 'node:timers/promises'
import { createHttp, type Http } from '../../../packages/server/src/adapters/http/app.ts'
import type { Attach } from '../../../packages/server/src/ports/service.ts'
import { fakeAuth, fakeToken } from '../../../packages/server/testing/fake-auth.ts'
import { ManualClock } from '../../../packages/server/testing/manual-clock.ts'
import { UNLIMITED } from '../../../packages/server/testing/stage.ts'
import { createTestHub, type TestHub } from '../../../packages/server/testing/test-hub.ts'
import { Chance } from '../../sim/chance.ts'
import { FuzzSocket } from './fuzz-socket.ts'
import { askHttp } from './http-requests.ts'
import { type Known, messageText } from './message-plans.ts'
import { Tally, type Told } from './tally.ts'

/** Texts in a round. Each is said by every attacker: what is harmless on one endpoint need not be on another. */
const TEXTS = 40

/** Requests over HTTP in a round; they count as messages. */
const OVER_HTTP = 3

/** Real milliseconds after which an answer is waiting for something, and virtual seconds in which it must come. */
const LATE_MS = 1_000
const MAX_ANSWER_S = 60

type ChatAttach = Extract<Attach, { endpoint: 'chat' }>

/** How attackers connect, one of each at a time. `{}` in a name is replaced, so that nobody meets the own former self. */
const ATTACKERS: readonly Partial<ChatAttach & { token: string }>[] = [
  {},
  { username: 'Mallory{}' },
  { username: 'Mallet{}', heartbeat: true },
  { dialect: 'v1' },
  { dialect: 'v1', username: 'Trudy{}' },
  { dialect: 'v1', username: 'Chuck{}', heartbeat: true, room: 'garden' },
  { dialect: 'v1', username: 'Sybil{}' },
  { dialect: 'v1', token: 'ann' },
]

/** Sends this many messages. All that is chosen follows from `seed`. */
export async function fuzzMessages(seed: number, count: number, told?: Told): Promise<Tally> {
  const tally = new Tally('messages', seed, told)
  const world = await openWorld()
  const chance = new Chance(seed, 'messages')
  const victim = new FuzzSocket(world.test.hub, { dialect: 'v1', username: 'Victim' }, tally)
  const witness = new FuzzSocket(world.test.hub, { username: 'Witness' }, tally)
  const attackers: FuzzSocket[] = []
  let serial = 0
  for (let round = 1; tally.tried < count; round++) {
    await tally.timed(async () => {
      for (let i = 0; i < ATTACKERS.length; i++)
        if (attackers[i]?.isOpen !== true) attackers[i] = attacker(world, i, ++serial, tally)
      await world.test.clock.settle()
      for (let i = 0; i < TEXTS; i++) {
        const text = messageText(chance, world.known)
        for (const socket of attackers) say(chance, socket, text, tally)
      }
      await world.test.clock.settle()
      for (let i = 0; i < OVER_HTTP; i++)
        await answered(askHttp(world.http, chance, world.known, tally), world.test.clock, tally)
      for (const socket of attackers) socket.read()
    })
    await served(world, victim, witness, round, tally)
  }
  for (const socket of [...attackers, victim, witness]) socket.hangUp()
  await world.test.clock.advance(60_000)
  tally.settle({ complaints: world.test.complaints, hub: world.test.hub })
  await world.http.app.close()
  await world.test.hub.stop('shutdown')
  if (world.test.clock.timers > 0) tally.fault(`${world.test.clock.timers} timers are left`)
  return tally
}

/** Some answers wait for a time that passes only here: it does when they do not come at once. */
async function answered(asked: Promise<void>, clock: ManualClock, tally: Tally): Promise<void> {
  for (let waited = 0; waited < MAX_ANSWER_S; waited++) {
    const late = setTimeout(LATE_MS, 'late' as const, { ref: false })
    if ((await Promise.race([asked, late])) !== 'late') return
    await clock.advance(1_000)
  }
  tally.fault(`no answer over HTTP within ${MAX_ANSWER_S} s`)
}

interface World {
  readonly test: TestHub
  readonly http: Http
  readonly known: Known
}

async function openWorld(): Promise<World> {
  const clock = new ManualClock()
  const auth = fakeAuth(clock, true)
  const options = { ...UNLIMITED, lang: 'en', retentionEntries: 500, maxConnectionsPerUser: 5 } as const
  const test = createTestHub(options, { clock, auth })
  const http = await createHttp({
    service: test.hub,
    settings: { lang: 'en', origins: [], trustedProxies: [], metrics: 'loopback', auth: 'guest' },
    logger: { debug() {}, info() {}, warn: complain(test), error: complain(test) },
    version: '1.2.3',
    webRoot: '/nowhere',
    scrape: async () => ({ contentType: 'text/plain', text: '', families: [] }),
  })
  const good = fakeToken({ sub: 'ann', name: 'Ann' })
  const known = {
    epoch: test.hub.epoch,
    names: ['Victim', 'victim', 'Witness', 'Ann', 'Nobody', 'system', 'Anonymous', 'Mallory1', ''],
    rooms: [
      'lobby',
      'lobby',
      'lobby',
      'lobby',
      'garden',
      'attic',
      'cellar',
      'no room',
      '*',
      '__proto__',
      'x'.repeat(64),
    ],
    tokens: [good, fakeToken({ sub: 'eve', name: 'Eve' }), 'nothing', ''],
  }
  return { test, http, known }
}

function complain({ complaints }: TestHub): (event: string, fields?: object, cause?: unknown) => void {
  return (event, _fields, cause) => void complaints.push(`${event} ${String(cause)}`)
}

function attacker({ test, known }: World, kind: number, serial: number, tally: Tally): FuzzSocket {
  const { token, ...request } = { ...ATTACKERS[kind] }
  if (typeof request.username === 'string') request.username = request.username.replace('{}', String(serial))
  const shown = {
    token: token === undefined ? null : (known.tokens[0] ?? null),
    ticket: null,
    awaitsToken: false,
  }
  return new FuzzSocket(test.hub, { ...request, shown }, tally)
}

function say(chance: Chance, socket: FuzzSocket, text: string, tally: Tally): void {
  socket.said = text
  tally.tried++
  // A binary frame, or a sign of life below the messages, now and then.
  const kind = chance.next()
  if (kind < 0.002) socket.events.onBinary(Buffer.from(text))
  else if (kind < 0.004) socket.events.onActivity()
  else socket.events.onText(text)
}

/** Whoever did nothing wrong hears the other, and nothing that claims to be by either and is not. */
async function served({ test }: World, victim: FuzzSocket, witness: FuzzSocket, round: number, tally: Tally) {
  const mark = `round ${round} is over`
  witness.events.onText(JSON.stringify({ message: mark }))
  await test.clock.advance(1_000)
  const heard = victim.read()
  if (!heard.some(({ username, message }) => username === 'Witness' && message === mark))
    tally.fault(`the victim did not hear: ${mark}`)
  const forged = [...heard, ...witness.read()].find(
    ({ type, username, from, message }) =>
      (type === 'message' && (username === 'Victim' || (username === 'Witness' && message !== mark))) ||
      (type === 'private' && (from === 'Victim' || from === 'Witness')),
  )
  if (forged !== undefined) tally.fault(`in somebody else's name: ${JSON.stringify(forged)}`)
  if (!victim.isOpen || !witness.isOpen) tally.fault('a bystander was closed')
}
