import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import {
  ANSWER_AFTER_MS,
  ANSWER_WITHIN_MS,
  ANSWERS_APART_MS,
  LateAnswers,
  MAX_WAITING_ANSWERS,
  MAX_WAITING_OF_ADDRESS,
} from './late-answers.ts'

const SCHOOL = '203.0.113.7'

describe('LI3', () => {
  const clock = new ManualClock()
  const answers = new LateAnswers(clock)
  let given = 0
  const ask = (network: string): boolean => answers.give(network, () => void given++)

  it('LI3: answers to an address wait a second and are given one after the other, within four', async () => {
    for (let i = 0; i < MAX_WAITING_OF_ADDRESS; i++) expect(ask(SCHOOL)).toBe(true)
    expect(ask(SCHOOL)).toBe(false)
    await clock.advance(ANSWER_AFTER_MS - 1)
    expect(given).toBe(0)
    await clock.advance(1)
    expect(given).toBe(1)
    await clock.advance(ANSWERS_APART_MS)
    expect(given).toBe(2)
    await clock.advance(ANSWER_WITHIN_MS - ANSWER_AFTER_MS - ANSWERS_APART_MS)
    expect(given).toBe(MAX_WAITING_OF_ADDRESS)
    expect(ask(SCHOOL)).toBe(true)
  })

  it('LI3: nobody waits for those of another address', async () => {
    for (let i = 1; i < MAX_WAITING_OF_ADDRESS; i++) ask(SCHOOL)
    given = 0
    let isAnswered = false
    expect(answers.give('198.51.100.1', () => void (isAnswered = true))).toBe(true)
    await clock.advance(ANSWER_AFTER_MS)
    expect(isAnswered).toBe(true)
    expect(given).toBeLessThan(MAX_WAITING_OF_ADDRESS / 2)
    await clock.advance(ANSWER_WITHIN_MS)
  })

  it('LI3: more than there are places for in all are not kept', async () => {
    for (let i = 0; i < MAX_WAITING_ANSWERS; i++) expect(ask(`198.51.${i}`)).toBe(true)
    expect(ask(SCHOOL)).toBe(false)
    await clock.advance(ANSWER_AFTER_MS)
    expect(ask(SCHOOL)).toBe(true)
  })
})
