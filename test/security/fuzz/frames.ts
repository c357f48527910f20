/** Fuzzing below the messages: bytes of RFC 6455, right and wrong, against the whole server. */
import type { Duplex } from 'node:stream'
import { Chance } from '../../sim/chance.ts'
import { frame, OPCODE } from '../../support/raw-client.ts'
import { openStage, type Stage } from '../../../packages/server/testing/stage.ts'
import { Bystander } from './bystander.ts'
import { chunksOf, type FramePlan, framePlan } from './frame-plans.ts'
import { closeFault, readServerText, type ServerFrame, ServerFrames } from './oracle.ts'
import { readStream, type Reading } from './reference.ts'
import { Tally, type Told } from './tally.ts'

/** Connections at a time. */
const SIDE_BY_SIDE = 20

/** Milliseconds after which an answer counts as missing, on a machine however busy. */
const PATIENCE_MS = 30_000

const MARK = Buffer.from('that was all')

/** Sends this many frames or a few more. All that is chosen follows from `seed`. */
export async function fuzzFrames(seed: number, count: number, told?: Told): Promise<Tally> {
  const tally = new Tally('frames', seed, told)
  const stage = await openStage()
  const bystander = await Bystander.enter(stage, tally)
  const chance = new Chance(seed, 'frames')
  for (let serial = 1; tally.tried < count; ) {
    const attacks: (() => Promise<void>)[] = []
    while (attacks.length < SIDE_BY_SIDE) {
      const plan = framePlan(chance, serial++)
      const expected = readStream(Buffer.concat([...plan.frames, END]), plan.rules)
      // However it is cut, the same must come of it.
      for (const name of ['a', 'b']) {
        const bytes = Buffer.concat([Buffer.from(plan.head.replace('{}', name)), ...plan.frames, END])
        const chunks = chunksOf(chance, bytes)
        attacks.push(() => new Attack(stage, plan, expected, tally).run(chunks))
      }
    }
    await tally.timed(() => Promise.all(attacks.map((attack) => attack())))
    await bystander.isServed()
  }
  await bystander.leave()
  tally.settle(stage)
  await stage.close()
  return tally
}

const END = frame({ opcode: OPCODE.ping, payload: MARK, mask: Buffer.from('mask') })

/** One connection of an attacker, and what the server makes of it. */
class Attack {
  readonly #plan: FramePlan
  readonly #tally: Tally
  readonly #client: Duplex
  readonly #expected: Reading
  readonly #frames: ServerFrames
  #head = ''
  #upgraded = false
  #isOver = false
  #isMarked = false
  #pongs: Buffer[] = []
  #close: number | null = null
  #wake = (): void => {}

  constructor(stage: Stage, plan: FramePlan, expected: Reading, tally: Tally) {
    this.#plan = plan
    this.#expected = expected
    this.#tally = tally
    this.#frames = new ServerFrames(plan.rules.deflate)
    this.#client = stage.dial()
    this.#client.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#client.on('close', () => this.#ended())
    this.#client.on('end', () => this.#ended())
  }

  async run(chunks: readonly Buffer[]): Promise<void> {
    const { close, pings, frames, compressed } = this.#expected
    for (const chunk of chunks) {
      if (this.#isOver) break
      this.#client.write(chunk)
      if (chunks.length < 12) await new Promise((resolve) => setImmediate(resolve))
    }
    const isAnswered = pings.at(-1)?.equals(MARK) === true
    if (close !== null || isAnswered)
      await this.#until(() => this.#isOver || this.#close !== null || this.#isMarked)
    this.#tally.count(frames, close === null ? 'let through' : `close ${close}`)
    this.#judge(close, isAnswered, compressed)
    this.#client.destroy()
  }

  #judge(expected: number | null, isAnswered: boolean, compressed: boolean): void {
    const close = this.#close
    // What was compressed may be at fault inside; then that counts, or what came before it.
    const isWithin = compressed && close !== null && [1003, 1007, 1009].includes(close)
    if (isWithin) return
    if (expected !== null && close !== expected) this.#fault(`closed with ${close}, not with ${expected}`)
    if (expected === null && close !== null) this.#fault(`closed with ${close}, without a reason`)
    if (expected === null && isAnswered && !this.#isMarked) this.#fault('the last ping has no answer')
  }

  #fault(what: string): void {
    const { frames, head } = this.#plan
    const bytes = Buffer.concat([...frames])
      .toString('hex')
      .slice(0, 4_000)
    this.#tally.fault(`${what}; ${head.split('\r\n')[0]}, ${bytes}`)
  }

  #read(chunk: Buffer): void {
    let rest = chunk
    if (!this.#upgraded) {
      this.#head += chunk.toString('latin1')
      const until = this.#head.indexOf('\r\n\r\n')
      if (until < 0) return
      if (!this.#head.startsWith('HTTP/1.1 101 ')) return this.#fault(this.#head.slice(0, 200))
      this.#upgraded = true
      rest = Buffer.from(this.#head.slice(until + 4), 'latin1')
    }
    const frames = this.#frames.read(rest)
    if (typeof frames === 'string') return this.#fault(frames)
    for (const one of frames) this.#hear(one)
    this.#wake()
  }

  #hear({ opcode, payload }: ServerFrame): void {
    if (this.#close !== null) return this.#fault('a frame behind the close frame')
    if (opcode === OPCODE.pong) {
      this.#pongs.push(payload)
      this.#isMarked ||= payload.equals(MARK)
    } else if (opcode === OPCODE.close) this.#heardClose(payload)
    else if (opcode === OPCODE.text && !this.#plan.isEcho) {
      const read = readServerText(payload.toString(), this.#plan.dialect)
      if (typeof read === 'string') this.#fault(read)
    } else if (opcode === OPCODE.text && !payload.toString().startsWith('Echo: '))
      this.#fault('an echo of something else')
    else if (opcode === OPCODE.binary && !this.#plan.isEcho) this.#fault('binary on a chat endpoint')
  }

  #heardClose(payload: Buffer): void {
    this.#close = payload.length === 0 ? 1005 : payload.readUInt16BE(0)
    const isEchoed = this.#close === this.#expected.close
    const fault = isEchoed ? null : closeFault(this.#close)
    if (fault !== null) this.#fault(fault)
    this.#client.write(frame({ opcode: OPCODE.close, payload }))
    this.#client.end()
  }

  #ended(): void {
    this.#isOver = true
    this.#wake()
  }

  async #until(fact: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!fact()) {
      if (performance.now() > deadline) return this.#fault('no answer within 30 s')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
