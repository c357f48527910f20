import { expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { ANSWER_AFTER_MS, ANSWERS_APART_MS, LateAnswers, MAX_WAITING_ANSWERS } from './late-answers.ts'

it('LI3: an answer waits a second, they are given one after the other, and where too many wait there is no place', async () => {
  const clock = new ManualClock()
  const answers = new LateAnswers(clock)
  let given = 0
  const answer = (): void => {
    given++
  }
  for (let i = 0; i < MAX_WAITING_ANSWERS; i++) expect(answers.give(answer)).toBe(true)
  expect(answers.give(answer)).toBe(false)
  await clock.advance(ANSWER_AFTER_MS - 1)
  expect(given).toBe(0)
  await clock.advance(1)
  expect(given).toBe(1)
  await clock.advance(ANSWERS_APART_MS)
  expect(given).toBe(2)
  await clock.advance(ANSWERS_APART_MS * MAX_WAITING_ANSWERS)
  expect(given).toBe(MAX_WAITING_ANSWERS)
  expect(answers.give(answer)).toBe(true)
})
