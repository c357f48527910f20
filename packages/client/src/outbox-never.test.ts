import { describe, expect, it } from 'vitest'
import { ack, id, phases, posting, settled, texts } from '../testing/posting.ts'

describe('what can never be sent', () => {
  it.each(['a b', '', 'x'.repeat(65), 'a/b', '@you'])(
    'is refused at once: a room called %j',
    async (room) => {
      const { outbox, told } = await posting()
      expect(() => outbox.add({ text: 'x', room })).toThrow(expect.objectContaining({ code: 'invalid_room' }))
      expect([outbox.entries, told]).toEqual([[], []])
      expect(outbox.add({ text: 'x', room: '茶室' }).room).toBe('茶室')
      expect(outbox.add({ kind: 'delete', seq: 1, room: '@me' }).room).toBe('@me')
    },
  )

  it('is refused at once: a second entry of one id, for as long as the first is here', async () => {
    const { outbox, server } = await posting()
    outbox.add({ text: 'a', clientId: id(1) })
    const again = (): unknown => outbox.add({ text: 'b', clientId: id(1) })
    expect(again).toThrow(expect.objectContaining({ code: 'conflict' }))
    await settled()
    expect(texts(server)).toEqual(['a'])
    server.say(ack(id(1), 1)).flushToClient()
    await settled()
    again()
    await settled()
    expect(texts(server)).toEqual(['b'])
  })

  it('does not hold up what follows when a server that knows no edits does not say whose it refuses', async () => {
    const { outbox, server, client } = await posting()
    outbox.add({ text: 'private', to: 'Bob' })
    outbox.add({ kind: 'edit', seq: 1, text: 'edited' })
    outbox.add({ text: 'next' })
    await settled()
    expect(texts(server)).toEqual(['private', 'edited'])
    server.say({ type: 'error', code: 'unknown_type', message: 'No.', field: 'type' }).flushToClient()
    await settled()
    expect(phases(client)).toEqual(['private sending', 'edited failed', 'next sending'])
    server.say({ type: 'error', code: 'unknown_type', message: 'No.', field: 'type' }).flushToClient()
    await settled()
    expect(phases(client)).toEqual(['private sending', 'edited failed', 'next sending'])
  })
})
