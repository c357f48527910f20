import { expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { LONGEST_WAIT_MS, TurnQueue, TURN_MS, type Deferrable } from './turn-queue.ts'

class Peer implements Deferrable {
  turns = 0
  isRead = true

  waitForTurn(): void {
    this.isRead = false
  }

  haveTurn(): void {
    this.isRead = true
    this.turns++
  }
}

function queueOf(count: number) {
  const clock = new ManualClock()
  const queue = new TurnQueue(clock)
  const peers = Array.from({ length: count }, () => new Peer())
  for (const peer of peers) queue.add(peer)
  return { clock, queue, peers, read: () => peers.filter(({ isRead }) => isRead).length }
}

it('LI11: those who wait have one turn after the other, in the order in which they came', async () => {
  const { clock, queue, peers, read } = queueOf(3)
  queue.add(peers[0] as Peer)
  expect([queue.size, read()]).toEqual([3, 0])
  for (const count of [1, 2, 3]) {
    await clock.advance(TURN_MS)
    expect(peers.map(({ isRead }) => isRead)).toEqual([0, 1, 2].map((index) => index < count))
  }
  expect(peers.map(({ turns }) => turns)).toEqual([1, 1, 1])
  await clock.advance(TURN_MS)
  queue.add(peers[1] as Peer)
  expect(read()).toBe(2)
  await clock.advance(TURN_MS)
  expect(read()).toBe(3)
})

it('LI11: nobody waits longer than the most, however many do', async () => {
  const { clock, read } = queueOf(10_000)
  await clock.advance(TURN_MS)
  expect(read()).toBe(25)
  await clock.advance(LONGEST_WAIT_MS - TURN_MS)
  expect(read()).toBe(10_000)
  const few = queueOf(LONGEST_WAIT_MS / TURN_MS)
  await few.clock.advance(LONGEST_WAIT_MS)
  expect(few.read()).toBe(400)
})

it('one that goes is read at once, so that its end is seen, and has no turn later; a queue that stopped gives none', async () => {
  const { clock, queue, peers, read } = queueOf(3)
  queue.remove(peers[1] as Peer)
  queue.remove(new Peer())
  expect(peers.map(({ turns }) => turns)).toEqual([0, 1, 0])
  queue.stop()
  await clock.advance(LONGEST_WAIT_MS)
  expect(read()).toBe(1)
})
