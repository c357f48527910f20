import { expect, it } from 'vitest'
import { FakeOutbox } from '../../testing/fake-outbox.ts'
import { createKeeping } from './keeping.ts'

it('counts what waits from when the browser refuses to keep it until it is sent or thrown away', () => {
  const outbox = new FakeOutbox(0)
  const { unkept, end } = createKeeping(outbox)
  const [first, second] = ['first', 'second'].map((text) => outbox.add({ text }))
  expect(unkept.value).toBe(0)
  outbox.refuseToKeep()
  expect(unkept.value).toBe(2)
  outbox.add({ text: 'third' })
  expect(unkept.value).toBe(3)
  outbox.up()
  expect(outbox.sends.map(({ entry }) => entry.clientId)).toEqual([first?.clientId])
  outbox.sends[0]?.settle(1)
  expect(unkept.value).toBe(2)
  outbox.down()
  outbox.discard(second?.clientId ?? '')
  expect(unkept.value).toBe(1)
  end()
  outbox.add({ text: 'of nobody' })
  expect(unkept.value).toBe(1)
})

it('counts what waited already where nothing was ever kept', () => {
  const outbox = new FakeOutbox(0)
  outbox.refuseToKeep()
  outbox.add({ text: 'early' })
  expect(createKeeping(outbox).unkept.value).toBe(1)
})
