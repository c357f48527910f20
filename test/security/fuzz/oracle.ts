/** What may come from a server, whatever it was sent: whole frames of the catalogue, and close codes of it. */
import { inflateRawSync, constants } from 'node:zlib'
import { CLOSES } from '@roomful/protocol'
import { SERVER_SCHEMAS } from '@roomful/protocol/schemas'
import { Compile } from 'typebox/compile'
import { OPCODE } from '../../support/raw-client.ts'

const CHECKS = new Map(Object.entries(SERVER_SCHEMAS).map(([type, schema]) => [type, Compile(schema)]))

/** EP9: all that a classic client may see. */
const CLASSIC: ReadonlySet<string> = new Set([
  'system',
  'message',
  'private',
  'confirmation',
  'error',
  'status',
  'ping',
  'heartbeat_ack',
])

const CLOSE_CODES: ReadonlySet<number> = new Set(Object.values(CLOSES).map(({ code }) => code))

export type Heard = { readonly type: string; readonly [field: string]: unknown }

/** A text frame as an object, or what is wrong with it. */
export function readServerText(text: string, dialect: 'classic' | 'v1'): Heard | string {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return `no JSON: ${text.slice(0, 200)}`
  }
  if (typeof said !== 'object' || said === null || !('type' in said) || typeof said.type !== 'string')
    return `no type: ${text.slice(0, 200)}`
  const heard: Heard = { ...said, type: said.type }
  const check = CHECKS.get(heard.type)
  if (check === undefined || !check.Check(said)) return `not of the catalogue: ${text.slice(0, 300)}`
  if (dialect === 'classic' && !CLASSIC.has(heard.type)) return `not for a classic client: ${heard.type}`
  if (heard['code'] === 'internal') return `a mistake of the server: ${text.slice(0, 200)}`
  return heard
}

/** A close code that the server chose itself. */
export function closeFault(code: number): string | null {
  if (code === CLOSES.internal.code) return 'closed with 1011, a mistake of the server'
  return CLOSE_CODES.has(code) ? null : `closed with ${code}, which is not of the catalogue`
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** Reads what a server writes. It may neither mask, nor fragment, nor use a bit that was not agreed upon. */
export class ServerFrames {
  #bytes: Buffer = Buffer.alloc(0)
  readonly #deflate: boolean

  constructor(deflate: boolean) {
    this.#deflate = deflate
  }

  /** The frames that are whole by now, or what is wrong with them. */
  read(chunk: Buffer): ServerFrame[] | string {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const frames: ServerFrame[] = []
    for (;;) {
      const bytes = this.#bytes
      if (bytes.length < 2) return frames
      const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)]
      const squeezed = (first & 0x40) !== 0
      if ((first & 0xb0) !== 0x80 || (squeezed && !this.#deflate) || second > 127)
        return `a server frame begins with ${first.toString(16)} ${second.toString(16)}`
      const header = second === 127 ? 10 : second === 126 ? 4 : 2
      if (bytes.length < header) return frames
      const length =
        second === 127 ? Number(bytes.readBigUInt64BE(2)) : second === 126 ? bytes.readUInt16BE(2) : second
      if (bytes.length < header + length) return frames
      const payload = bytes.subarray(header, header + length)
      this.#bytes = bytes.subarray(header + length)
      const opcode = first & 0x0f
      if (![OPCODE.text, OPCODE.binary, OPCODE.close, OPCODE.ping, OPCODE.pong].some((one) => one === opcode))
        return `a server frame has opcode ${opcode}`
      frames.push({ opcode, payload: squeezed ? inflated(payload) : payload })
    }
  }
}

function inflated(payload: Buffer): Buffer {
  const whole = Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])])
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH })
}
