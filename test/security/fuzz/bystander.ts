import type { Duplex } from 'node:stream'
import { frame, OPCODE } from '../../support/raw-client.ts'
import type { Stage } from '../../../packages/server/testing/stage.ts'
import { ServerFrames } from './oracle.ts'
import type { Tally } from './tally.ts'

const HEAD = [
  'GET /ws/chat/Bystander?room=r1 HTTP/1.1',
  'Host: fuzz.example',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
].join('\r\n')

const PATIENCE_MS = 30_000

/** Somebody in the same room who does nothing wrong, and must be served as ever. */
export class Bystander {
  readonly #client: Duplex
  readonly #tally: Tally
  readonly #frames = new ServerFrames(false)
  #head: string | null = ''
  #heard = ''
  #marks = 0
  #isOver = false
  #wake = (): void => {}

  static async enter(stage: Stage, tally: Tally): Promise<Bystander> {
    const bystander = new Bystander(stage.dial(), tally)
    await bystander.#hears('"welcome"')
    return bystander
  }

  private constructor(client: Duplex, tally: Tally) {
    this.#client = client
    this.#tally = tally
    client.on('data', (chunk: Buffer) => this.#read(chunk))
    client.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
    client.write(`${HEAD}\r\n\r\n`)
  }

  /** Says something and waits to hear it. */
  async isServed(): Promise<void> {
    const mark = `mark ${++this.#marks}.`
    this.#client.write(frame({ payload: JSON.stringify({ message: mark }) }))
    await this.#hears(mark)
  }

  async leave(): Promise<void> {
    this.#client.destroy()
    // The server hears of it in one turn, and forgets in the next.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  #read(chunk: Buffer): void {
    let rest = chunk
    if (this.#head !== null) {
      this.#head += chunk.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      rest = Buffer.from(this.#head.slice(end + 4), 'latin1')
      this.#head = null
    }
    const frames = this.#frames.read(rest)
    if (typeof frames === 'string') return this.#tally.fault(`the bystander: ${frames}`)
    for (const { opcode, payload } of frames) {
      if (opcode === OPCODE.text) this.#heard = payload.toString()
      if (opcode === OPCODE.ping) this.#client.write(frame({ opcode: OPCODE.pong, payload }))
      if (opcode === OPCODE.close) this.#tally.fault('the bystander was closed')
      this.#wake()
    }
  }

  async #hears(part: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!this.#heard.includes(part)) {
      if (this.#isOver || performance.now() > deadline)
        return this.#tally.fault(`the bystander did not hear ${part}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          if (!this.#heard.includes(part) && !this.#isOver) return
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
