import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { type Link, openLinkedChannel } from './linked-channel.ts'

/** A broker in this process, with links that the test cuts. */
function fakeBroker() {
  const links: { hear: (hint: string) => void; sent: string[]; lose: () => void; isCut: boolean }[] = []
  const broker = { isThere: true, isSilent: false, isDenied: false, links }
  const never = new Promise<never>(() => {})
  const open = (hear: (hint: string) => void): Promise<Link> => {
    if (broker.isSilent) return never
    if (!broker.isThere) return Promise.reject(new Error('nobody there'))
    let lose = () => {}
    const ended = new Promise<void>((resolve) => {
      lose = resolve
    })
    const state = { hear, sent: new Array<string>(), lose, isCut: false }
    links.push(state)
    const cut = () => {
      state.isCut = true
      lose()
    }
    return Promise.resolve({
      ended,
      cut,
      end: async () => lose(),
      check: () => (broker.isSilent ? never : Promise.resolve()),
      send: async (hint: string) => {
        if (broker.isSilent) await never
        if (broker.isDenied) throw new Error('not allowed')
        state.sent.push(hint)
      },
    })
  }
  return { broker, open }
}

describe('a linked channel', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('opens the next link by itself when one is lost, again and again until it can', async () => {
    const { broker, open } = fakeBroker()
    const channel = await openLinkedChannel(open, keepingLogger())
    const heard: string[] = []
    channel.onHint((hint) => heard.push(hint))
    broker.links[0]?.hear('one')
    broker.isThere = false
    broker.links[0]?.lose()
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(channel.send('lost')).rejects.toThrow('The broker cannot be reached.')
    broker.isThere = true
    await vi.advanceTimersByTimeAsync(500)
    await channel.send('two')
    expect(broker.links.map(({ sent }) => sent)).toEqual([[''], ['', 'two']])
    broker.links[1]?.hear('three')
    expect(heard).toEqual(['one', 'three'])
    await channel.close()
  })

  it('gives a link up whose broker says nothing: to what is sent, and to a look', async () => {
    const { broker, open } = fakeBroker()
    const channel = await openLinkedChannel(open, keepingLogger())
    broker.isSilent = true
    const sent = channel.send('lost').catch(String)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(await sent).toBe('Error: no answer within 4 s')
    expect(broker.links[0]?.isCut).toBe(true)
    broker.isSilent = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect(broker.links).toHaveLength(2)
    broker.isSilent = true
    await vi.advanceTimersByTimeAsync(6_100)
    expect(broker.links[1]?.isCut).toBe(true)
    await channel.close()
  })

  it('rejects when the first link cannot be opened or takes too long, and cuts one that comes later', async () => {
    const { broker, open } = fakeBroker()
    broker.isThere = false
    await expect(openLinkedChannel(open, keepingLogger())).rejects.toThrow('nobody there')
    broker.isThere = true
    const late = openLinkedChannel(async (onHint) => {
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      return open(onHint)
    }, keepingLogger())
    const refused = late.catch(String)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await refused).toBe('Error: no answer within 4 s')
    expect(broker.links.map(({ isCut }) => isCut)).toEqual([true])
  })

  it('does not begin where nothing may be sent, is lost as soon as it may no longer, and back when it may again', async () => {
    const { broker, open } = fakeBroker()
    broker.isDenied = true
    await expect(openLinkedChannel(open, keepingLogger())).rejects.toThrow('not allowed')
    expect(broker.links.map(({ isCut }) => isCut)).toEqual([true])
    broker.isDenied = false
    const channel = await openLinkedChannel(open, keepingLogger())
    const heard: string[] = []
    channel.onHint((hint) => heard.push(hint))
    broker.isDenied = true
    await expect(channel.send('lost')).rejects.toThrow('not allowed')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(channel.isLost).toBe(true)
    expect(broker.links.slice(1).every(({ isCut }) => isCut)).toBe(true)
    broker.isDenied = false
    await vi.advanceTimersByTimeAsync(500)
    await channel.send('two')
    for (const hint of ['', 'three']) broker.links.at(-1)?.hear(hint)
    expect(heard).toEqual(['three'])
    await channel.close()
  })

  it('tells who opens a link that nobody waits for it any more, once: after it took too long, failed, or was closed meanwhile', async () => {
    const signals: AbortSignal[] = []
    const { broker, open } = fakeBroker()
    const channel = await openLinkedChannel((onHint, givenUp) => {
      signals.push(givenUp)
      return open(onHint)
    }, keepingLogger())
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    broker.isSilent = true
    broker.links[0]?.lose()
    await vi.advanceTimersByTimeAsync(4_600)
    expect(signals.slice(0, 2).map(({ aborted }) => aborted)).toEqual([false, true])
    broker.isSilent = false
    broker.isThere = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect(signals.length).toBeGreaterThan(5)
    expect(signals.slice(1).every(({ aborted }) => aborted)).toBe(true)
    broker.isSilent = true
    await vi.advanceTimersByTimeAsync(500)
    expect(signals.at(-1)?.aborted).toBe(false)
    await channel.close()
    expect(signals.at(-1)?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('says once that the broker is lost, with nothing to send too, and once that it is back and after how long', async () => {
    const logger = keepingLogger()
    const { broker, open } = fakeBroker()
    const channel = await openLinkedChannel(open, logger)
    expect([channel.isLost, logger.logged]).toEqual([false, []])
    broker.isSilent = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect(logger.logged).toMatchObject([{ level: 'warn', event: 'bus_lost' }])
    expect(channel.isLost).toBe(true)
    broker.isSilent = false
    // One that lets nodes in and out again at once is not back.
    for (let step = 0; step < 200; step++) {
      await vi.advanceTimersByTimeAsync(100)
      broker.links.at(-1)?.lose()
    }
    expect(broker.links.length).toBeGreaterThan(10)
    expect(logger.logged).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(logger.logged).toMatchObject([{}, { level: 'info', event: 'bus_back' }])
    const awayMs = Number(logger.logged[1]?.fields?.['away_ms'])
    expect(awayMs).toBeGreaterThan(60_000)
    expect(awayMs).toBeLessThan(90_000)
    expect(channel.isLost).toBe(false)
    await channel.close()
    expect(logger.logged).toHaveLength(2)
  })

  it('hears and opens nothing more once it is closed', async () => {
    const { broker, open } = fakeBroker()
    const channel = await openLinkedChannel(open, keepingLogger())
    const listener = vi.fn<(hint: string) => void>()
    channel.onHint(listener)
    await channel.close()
    await channel.close()
    broker.links[0]?.hear('late')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(listener).not.toHaveBeenCalled()
    expect(broker.links).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
