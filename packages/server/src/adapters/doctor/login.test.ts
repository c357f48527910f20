import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../../testing/fake-auth.ts'
import { openStage, type Stage } from '../../../testing/stage.ts'
import { shownFinding } from './finding.ts'
import type { Token } from './login.ts'
import { checkWeb } from './web.ts'

const opened: Stage[] = []
afterEach(() => Promise.all(opened.splice(0).map((stage) => stage.close())))

const given = (text: string): Token => ({ text, origin: 'given' })
const GOOD = fakeToken({ sub: 'doctor', name: 'Doctor' })

/** A real one, on a port, to which tokens are shown or where guests are let in. */
async function serverFor(who: 'guests' | 'bearers'): Promise<string> {
  const auth = fakeAuth({ now: Date.now })
  const stage = await openStage({ hub: { heartbeatIntervalMs: 100 }, ...(who === 'bearers' && { auth }) })
  opened.push(stage)
  stage.http.server.listen(0, '127.0.0.1')
  await once(stage.http.server, 'listening')
  return `http://127.0.0.1:${(stage.http.server.address() as AddressInfo).port}`
}

async function findings(url: string, token: Token | null) {
  const found = await checkWeb({ url, isNamed: true, heartbeatInterval: 10, token })
  return {
    states: found.map(({ check, state }) => `${check} ${state}`),
    text: found.map((each) => shownFinding(each, 'en')).join(''),
  }
}

it('is let in with a token that the server takes, and watches', async () => {
  const { states } = await findings(await serverFor('bearers'), given(GOOD))
  expect(states).toEqual(['upgrade good', 'login good', 'origin good', 'idle good'])
})

it('says what to give where there is no token, and blames no proxy', async () => {
  const { states, text } = await findings(await serverFor('bearers'), null)
  expect(states).toEqual(['upgrade good', 'login unknown', 'origin good'])
  expect(text).toContain('ROOMFUL_TOKEN=')
})

it('tells that a token is not taken, and shows it to nobody', async () => {
  const url = await serverFor('bearers')
  const ended = fakeToken({ sub: 'doctor', name: 'Doctor', for: 0 })
  for (const [token, remedy] of [
    [given(ended), 'has not ended'],
    [{ text: 'hush-hush', origin: 'made' }, 'the settings of the server'],
  ] as const) {
    const { states, text } = await findings(url, token)
    expect(states).toEqual(['upgrade good', 'login bad', 'origin good'])
    expect(text).toContain(remedy)
    expect(text).not.toContain(token.text)
  }
})

it('says nothing of tokens where nobody needs one', async () => {
  const url = await serverFor('guests')
  for (const token of [null, given(GOOD)])
    expect((await findings(url, token)).states).toEqual(['upgrade good', 'origin good', 'idle good'])
})
