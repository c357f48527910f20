import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Announcer, createAnnouncer, SENTENCE_MS, type Timers } from './announcer.ts'

/** A clock that is moved by hand. */
function manualTimers(): Timers & { advance(ms: number): void } {
  let now = 0
  let due: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      due.push(timer)
      return () => {
        due = due.filter((each) => each !== timer)
      }
    },
    advance: (ms) => {
      const end = now + ms
      for (;;) {
        const next = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        due = due.filter((each) => each !== next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}

let timers: ReturnType<typeof manualTimers>
let spoken: { at: number; sentence: string }[]
let announcer: Announcer
const sentences = () => spoken.map(({ sentence }) => sentence)

beforeEach(() => {
  timers = manualTimers()
  spoken = []
  announcer = createAnnouncer({
    timers,
    speak: (sentence) => spoken.push({ at: timers.now(), sentence }),
    several: (count) => `${count} messages`,
  })
})

describe('the announcer', () => {
  it('says a single message at once', () => {
    announcer.message('Bob: hi')
    expect(sentences()).toEqual(['Bob: hi'])
  })

  it('counts when flooded', () => {
    for (let i = 0; i < 100; i++) announcer.message(`m${i}`)
    timers.advance(SENTENCE_MS)
    expect(sentences()).toEqual(['m0', '99 messages'])
  })

  it('says one message that waited in full', () => {
    announcer.message('a')
    announcer.message('b')
    timers.advance(SENTENCE_MS)
    expect(sentences()).toEqual(['a', 'b'])
  })

  it('puts the state of the page first', () => {
    announcer.message('a')
    announcer.message('b')
    announcer.message('c')
    announcer.say('Connection lost')
    timers.advance(2 * SENTENCE_MS)
    expect(sentences()).toEqual(['a', 'Connection lost', '2 messages'])
  })

  it('says nothing more after clear', () => {
    announcer.message('a')
    announcer.message('b')
    announcer.clear()
    timers.advance(10 * SENTENCE_MS)
    expect(sentences()).toEqual(['a'])
  })

  it('never speaks twice within a second, and loses no count', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 }), (pauses) => {
        timers = manualTimers()
        spoken = []
        announcer = createAnnouncer({
          timers,
          speak: (sentence) => spoken.push({ at: timers.now(), sentence }),
          several: String,
        })
        for (const pause of pauses) {
          timers.advance(pause)
          announcer.message('1')
        }
        timers.advance(5 * SENTENCE_MS)
        for (const [i, { at }] of spoken.entries())
          if (i > 0) expect(at - (spoken[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(SENTENCE_MS)
        expect(spoken.reduce((sum, { sentence }) => sum + Number(sentence), 0)).toBe(pauses.length)
      }),
    )
  })
})
