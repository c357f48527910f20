import { describe, expect, it } from 'vitest'
import { loadOf } from './model.mjs'

const crowd = {
  id: 'small',
  title: '',
  people: 1_000,
  rooms: 10,
  messagesPerSecond: 100,
  sessionSeconds: 100,
}

/** Each cost another power of ten where they are added up, so that none can stand for another. */
const units = {
  batchMs: 2,
  rowMs: 0.01,
  batchMicroseconds: 100,
  rowMicroseconds: 10,
  headMicroseconds: 1,
  claimMicroseconds: 50,
  entryBytes: 200,
  changeBytes: 100,
  hintBytes: 50,
  entryMicroseconds: 5,
  hintMicroseconds: 20,
  changeMicroseconds: 3,
  deliveryMicroseconds: 15,
  messageMicroseconds: 30,
  personBytes: 300,
  presenceHintsPerSecond: 100,
}

describe('the model of a cluster', () => {
  it('counts on one node what is said, delivered and committed, and nothing for others', () => {
    const load = loadOf(crowd, 1, units)
    expect(load.messages / 100).toBeCloseTo(1, 1)
    expect(load.deliveries / (100 * 100)).toBeCloseTo(1, 1)
    expect(load.storeRows).toBe(load.messages)
    expect(load).toMatchObject({
      brokerOut: 0,
      brokerMegabytesOut: 0,
      nodeCoresForOthers: 0,
      nodeMegabytesForPeople: 0,
    })
    expect(load.presenceChanges).toBe(20)
    expect(load.nodeCores).toBeCloseTo((load.deliveries * 15 + load.messages * 30) / 1e6, 5)
    expect(load.storeCoresForHeads).toBeCloseTo((10 + 1_000) / 1e6, 9)
  })

  it('gives the same deliveries to more nodes, and each what the others say', () => {
    const load = loadOf(crowd, 4, units)
    expect(load.deliveries / (100 * 100)).toBeCloseTo(1, 1)
    expect(load.brokerOut).toBeCloseTo(load.brokerIn * 3, 6)
    expect(load.nodeMegabytesForPeople).toBeCloseTo((1_000 * 0.75 * 300) / 1e6, 9)
    expect(load.nodeCoresForOthers).toBeGreaterThan(0)
    expect(load.nodeCores).toBeLessThan(loadOf(crowd, 1, units).nodeCores)
    expect(load.storeCoresForHeads).toBeCloseTo((4 * 10 + 1_000) / 1e6, 9)
  })

  it('gathers what is said while two commits are under way', () => {
    const slow = loadOf(crowd, 1, { ...units, batchMs: 200 })
    expect(slow.storeBatches).toBeLessThan(loadOf(crowd, 1, units).storeBatches / 5)
    expect(slow.messages).toBeGreaterThan(90)
    expect(slow.commitMs).toBeGreaterThan(200)
  })

  it('lets batches of several nodes wait for each other where they write to one log', () => {
    const busy = { ...crowd, messagesPerSecond: 1_000 }
    const one = loadOf({ ...busy, rooms: 1 }, 8, units)
    const many = loadOf({ ...busy, rooms: 1_000 }, 8, units)
    expect(one.commitMs).toBeGreaterThan(2 * many.commitMs)
  })

  it('gives the same figures for the same seed', () => {
    expect(loadOf(crowd, 3, units, { seed: 7 })).toEqual(loadOf(crowd, 3, units, { seed: 7 }))
  })
})
