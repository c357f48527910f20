import { ClientError, type OutboxEntry } from '@roomful/client'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { changed, FakeClient, said, START } from '../../testing/fake-client.ts'
import type { MessageRow } from './rows.ts'
import { Session } from './session.ts'

type Step =
  | 'say'
  | 'edit'
  | 'react'
  | 'serve'
  | 'serve and answer first'
  | 'serve and answer later'
  | 'answer'
  | 'serve unheard'
  | 'other'
  | 'second tab'
  | 'wait'
  | 'cut'
  | 'return'
  | 'reload'

const STEPS: readonly Step[] = [
  'say',
  'edit',
  'react',
  'serve',
  'serve and answer first',
  'serve and answer later',
  'answer',
  'serve unheard',
  'other',
  'second tab',
  'wait',
  'cut',
  'return',
  'reload',
]

function frameOf(seq: number, { kind, seq: about = 0, text, remove }: OutboxEntry) {
  if (kind === 'message') return said(seq, 'Alice', text)
  if (kind === 'edit') return changed(seq, about, { type: 'edit', message: text }, 'Alice')
  const removed = remove === true ? ({ removed: true } as const) : {}
  return changed(seq, about, { type: 'reaction', emoji: text, ...removed }, 'Alice')
}

/** A page, the server it talks to, and a line between them that breaks. */
class World {
  client = new FakeClient()
  session = this.#open()
  said: string[] = []
  /** The newest text that the person gave a message, and whether the person's reaction is on it, by number. */
  edits = new Map<number, string>()
  thumbs = new Map<number, boolean>()
  changes = 0
  online = false
  #answers: { settle(): void; fail(error: ClientError): void }[] = []
  #seqs = new Map<string, number>()

  #open(): Session {
    const session = new Session({
      client: this.client,
      username: 'Alice',
      room: 'lobby',
      timers: { now: () => START, after: () => () => undefined },
      kept: { load: () => null, save: () => undefined },
      isHidden: () => false,
      soon: (run) => run(),
      onArrival: () => undefined,
      onRefusal: () => undefined,
    })
    session.start()
    return session
  }

  async take(step: Step): Promise<void> {
    if (step === 'wait') await this.settle()
    else if (step === 'return') this.up()
    else if (step === 'cut') this.#cut()
    else if (step === 'reload') this.#reload()
    else if (step === 'other')
      this.#hear(this.client.room.length + 1, 'Bob', `from Bob ${this.client.room.length}`)
    else if (step === 'second tab') this.#hear(this.client.room.length + 1, 'Alice', this.#text())
    else if (step === 'edit') this.#edit()
    else if (step === 'react') this.#react()
    else if (step === 'say') this.session.say(this.#text(), null)
    else if (step === 'answer') this.#answers.shift()?.settle()
    else if (step.startsWith('serve')) this.serve(step)
  }

  up(): void {
    if (!this.online) this.client.up()
    this.online = true
  }

  /** The server takes the oldest message on the line: a known id gives its old number. */
  serve(step: Step): void {
    const send = this.client.sends.shift()
    if (send === undefined) return
    const { clientId } = send.entry
    const known = this.#seqs.get(clientId)
    const seq = known ?? this.client.room.length + 1
    this.#seqs.set(clientId, seq)
    const heard = step !== 'serve unheard'
    if (step === 'serve and answer first') send.settle(seq)
    if (known === undefined) {
      const frame = frameOf(seq, send.entry)
      if (heard) this.client.live(frame)
      else this.client.room.push(frame)
    }
    if (step === 'serve') send.settle(seq)
    if (step === 'serve and answer later')
      this.#answers.push({ settle: () => send.settle(seq), fail: send.fail })
    if (heard) return
    // Neither ack nor broadcast came through: the line is broken.
    this.client.sends.unshift(send)
    this.#cut()
  }

  /** Lets every answer arrive. */
  async settle(): Promise<void> {
    for (const { settle } of this.#answers.splice(0)) settle()
    for (let i = 0; i < 40; i++) await Promise.resolve()
  }

  #edit(): void {
    const row = this.own.findLast(({ seq }) => seq !== null)
    if (row === undefined || row.seq === null) return
    const text = `edit ${++this.changes}`
    this.edits.set(row.seq, text)
    this.session.change(row, { kind: 'edit', text })
  }

  #react(): void {
    const row = this.session.rows.value.findLast((each) => each.kind === 'message' && each.seq !== null)
    if (row?.kind !== 'message' || row.seq === null) return
    const own = this.thumbs.get(row.seq) === true
    expect(row.reactions.some((reaction) => reaction.own)).toBe(own)
    this.changes++
    this.thumbs.set(row.seq, !own)
    this.session.change(row, { kind: 'reaction', emoji: '👍', removed: own })
  }

  /** Few different texts, so that they are easily taken for each other. */
  #text(): string {
    const text = `text ${this.said.length % 2}`
    this.said.push(text)
    return text
  }

  /** What is shown of the person's own messages. */
  get own(): readonly MessageRow[] {
    return this.session.rows.value.flatMap((row) => (row.kind === 'message' && row.own ? [row] : []))
  }

  #hear(seq: number, author: string, text: string): void {
    if (this.online) this.client.live(said(seq, author, text))
    else this.client.room.push(said(seq, author, text))
  }

  #cut(): void {
    for (const { fail } of this.#answers.splice(0)) fail(new ClientError('closed', '', { retryable: true }))
    if (this.online) this.client.down()
    this.online = false
  }

  #reload(): void {
    const { room, outbox } = this.client
    this.#cut()
    this.session.end()
    this.client = new FakeClient(outbox.entries, outbox.ids)
    this.client.room = room
    this.online = false
    this.session = this.#open()
  }
}

it('P3: after any cuts, losses and reloads every message and change is there once, and the numbers have no hole', async () => {
  const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const world = new World()
      world.up()
      for (const step of taken) {
        await world.take(step)
        expect(world.own.length).toBeLessThanOrEqual(world.said.length)
        expect(new Set(world.own.map(({ key }) => key)).size).toBe(world.own.length)
      }
      world.up()
      await world.settle()
      while (world.client.sends.length > 0) {
        world.serve('serve')
        await world.settle()
      }
      while (world.session.rows.value[0]?.kind === 'older') await world.session.backfill.older()
      const rows = world.session.rows.value.flatMap((row) => (row.kind === 'message' ? [row] : []))
      const logged = world.client.room.flatMap((frame) => (frame.type === 'message' ? [frame] : []))
      expect(rows.map(({ text }) => text)).toEqual(
        logged.map(({ seq, message }) => world.edits.get(seq) ?? message),
      )
      const own = logged.filter(({ username }) => username === 'Alice')
      expect(own.map(({ message }) => message).sort()).toEqual(world.said.toSorted())
      expect(world.client.room.length - logged.length).toBe(world.changes)
      for (const { seq, reactions } of rows)
        expect(reactions.some((reaction) => reaction.own)).toBe(world.thumbs.get(seq ?? 0) === true)
      expect(rows.every(({ status }) => status === null || status === 'sent')).toBe(true)
      expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
      expect(world.session.rows.value.some(({ kind }) => kind === 'gap')).toBe(false)
    }),
    { numRuns: 400 },
  )
})
