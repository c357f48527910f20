import { expect, it } from 'vitest'
import { busFault } from './bus-fault.ts'

it.each([
  ['NOAUTH Authentication required.', '它需要密碼'],
  ['no answer within 5 s', 'no answer within 5 s：請確認 Redis 在那裡接受連線'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379。'],
])('says in Chinese why a broker cannot be used: %s', (reason, expected) => {
  const said = busFault(new Error(reason), 'redis://:secret@localhost:6379', 'zh-Hant')
  expect(said).toMatch(/^bus：無法使用 redis:\/\/localhost:6379：/)
  expect(said).toContain(expected)
})
