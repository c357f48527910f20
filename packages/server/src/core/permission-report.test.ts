import type { Lang } from '@roomful/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { type Action, ACTIONS } from '../ports/grants.ts'
import type { PermissionHook, Rule } from '../ports/permissions.ts'
import type { ExplainRequest } from '../ports/service.ts'
import { Permissions } from './permissions.ts'

const ADMIN = fakeToken({ sub: 'u-0', name: 'Root', admin: true })
const RULES: readonly Rule[] = [
  { rooms: ['staff'], who: { claim: 'groups', is: 'staff' }, may: ACTIONS },
  { rooms: ['staff', 'x*'], who: { subject: 'u-9' }, may: ['join', 'read'] },
  { rooms: ['class-*'], who: 'bearers', may: ['join', 'read'] },
  { rooms: ['class-*'], who: 'guests', may: ['read'] },
]

function guarded(permissionHook?: PermissionHook) {
  const clock = new ManualClock()
  const parts = { clock, auth: fakeAuth(clock, true), ...(permissionHook && { permissionHook }) }
  const test = createTestHub({ rules: RULES, lang: 'en' }, parts)
  const ask = async (
    { lang = 'en', ...request }: Omit<ExplainRequest, 'identity'> & { readonly lang?: Lang },
    token: string | null = ADMIN,
  ) => {
    const service = test.hub.inLanguage(lang)
    const asked = test.hub.identify(token).then((identity) => service.explain({ identity, ...request }))
    const settled = Promise.allSettled([asked])
    await test.clock.settle()
    const [outcome] = await settled
    if (outcome.status === 'rejected') return { refused: (outcome.reason as { code: string }).code }
    const { may, decided_by, considered, username, subject } = outcome.value
    const each = considered.map(({ source, rule, outcome: became }) => `${source} ${rule ?? ''}: ${became}`)
    return { may, decided_by, each, username, subject, sentence: considered[0]?.message }
  }
  return { ...test, ask }
}

describe('the dry run', () => {
  it('PE10: says of somebody who is here what decided and why each other one did not', async () => {
    const test = guarded()
    const token = fakeToken({ sub: 'u-1', name: 'Ann', rooms: { team: [] }, claims: { groups: ['staff'] } })
    await test.connect({ token })
    expect(await test.ask({ room: 'staff', user: 'ANN' })).toEqual({
      username: 'Ann',
      subject: 'u-1',
      may: ACTIONS,
      decided_by: { source: 'settings', rule: 'permissions[0]' },
      each: [
        'moderation : not_configured',
        'administrator : not_this_person',
        'hook : not_configured',
        'claims : not_this_room',
        'settings permissions[0]: decided',
        'settings permissions[1]: not_reached',
        'settings permissions[2]: not_reached',
        'settings permissions[3]: not_reached',
        'default : not_reached',
      ],
      sentence: 'There is none.',
    })
    expect(await test.ask({ room: 'team', user: 'Ann', lang: 'zh-Hant' })).toMatchObject({
      may: [],
      decided_by: { source: 'claims', rule: 'team' },
      sentence: '沒有設定。',
    })
  })

  it('PE10: says the same of a subject, of a guest, and of an administrator', async () => {
    const test = guarded()
    await test.connect({ username: 'Gus' })
    expect(await test.ask({ room: 'class-1', subject: 'u-2' })).toMatchObject({
      may: ['join', 'read'],
      subject: 'u-2',
      each: expect.arrayContaining([
        'settings permissions[0]: not_this_person',
        'settings permissions[2]: decided',
      ]) as unknown,
    })
    expect(await test.ask({ room: 'lobby', subject: 'u-2' })).toMatchObject({
      decided_by: { source: 'default' },
    })
    for (const guest of [{}, { user: 'Gus' }])
      expect(await test.ask({ room: 'class-1', ...guest })).toMatchObject({
        may: ['read'],
        subject: null,
        decided_by: { source: 'settings', rule: 'permissions[3]' },
      })
    await test.connect({ token: ADMIN })
    expect(await test.ask({ room: 'class-1', user: 'Root' })).toMatchObject({
      may: ACTIONS,
      decided_by: { source: 'administrator', rule: null },
    })
  })

  it('PE10: says what moderators have taken away, whatever else decides', async () => {
    const test = guarded()
    await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann' }) })
    const admin = await fakeAuth(new ManualClock()).verify(ADMIN)
    const muted = test.hub.moderate({ room: 'lobby', action: 'mute', target_user: 'Ann' }, admin, null)
    await test.clock.settle()
    await muted
    expect(await test.ask({ room: 'lobby', user: 'Ann' })).toMatchObject({
      may: ['join', 'read'],
      decided_by: { source: 'default' },
      sentence: 'Moderators have taken something away.',
    })
    expect(await test.ask({ room: 'class-1', user: 'Ann' })).toMatchObject({ sentence: 'There is none.' })
  })

  it('PE10: asks the hook, and says when that does not answer', async () => {
    let works = true
    const answers = guarded({
      async ask({ subject }) {
        if (!works) throw new Error('down')
        return { grants: subject === 'u-2' ? { 'class-*': ['join'] } : {}, holdsMs: null }
      },
    })
    expect(await answers.ask({ room: 'class-1', subject: 'u-2' })).toMatchObject({
      may: ['join'],
      decided_by: { source: 'hook', rule: 'class-*' },
    })
    works = false
    expect(await answers.ask({ room: 'class-1', subject: 'u-3' })).toMatchObject({
      may: [],
      decided_by: { source: 'unknown', rule: null },
      each: expect.arrayContaining(['hook : unavailable', 'settings permissions[2]: not_reached']) as unknown,
    })
  })

  it('PE10: is for administrators, about rooms and people that can be', async () => {
    const test = guarded()
    for (const token of [null, fakeToken({ sub: 'u-1', name: 'Ann' })])
      expect(await test.ask({ room: 'lobby' }, token)).toEqual({ refused: 'forbidden' })
    expect(await test.ask({ room: 'a b' })).toEqual({ refused: 'invalid_room' })
    expect(await test.ask({ room: 'a', user: 'Zoe' })).toEqual({ refused: 'user_not_found' })
    expect(await test.ask({ room: 'a', user: 'Zoe', subject: 'u-1' })).toEqual({ refused: 'bad_message' })
  })

  it('PE10: names what decides, whatever the rules', async () => {
    const auth = fakeAuth(new ManualClock())
    const rooms = fc.constantFrom('a', 'ab', 'b')
    const patterns = fc.constantFrom('a', 'ab', 'a*', '*')
    const may = fc.subarray<Action>([...ACTIONS])
    const who = fc.constantFrom<Rule['who']>(
      'everyone',
      'guests',
      'bearers',
      { subject: 'u-1' },
      { subject: 'u-2' },
    )
    const rule = fc.record({ rooms: fc.array(patterns, { minLength: 1, maxLength: 2 }), who, may })
    const grants = fc.dictionary(patterns, may, { maxKeys: 3 })
    const claims = fc.option(fc.record({ rooms: fc.option(grants, { nil: undefined }), admin: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 4 }), claims, rooms, async (rules, said, room) => {
        const identity =
          said === null
            ? null
            : await auth.verify(
                fakeToken({
                  sub: 'u-1',
                  name: 'Ann',
                  admin: said.admin,
                  ...(said.rooms && { rooms: said.rooms }),
                }),
              )
        const permissions = new Permissions(rules)
        const considered = permissions.explain({ identity }, room)
        const decided = considered.filter(({ outcome }) => outcome === 'decided')
        const { why } = permissions.judge({ identity }, room, 'read')
        expect(decided.map(({ source, rule: which }) => ({ source, rule: which }))).toEqual([why])
        const at = considered.findIndex(({ outcome }) => outcome === 'decided')
        expect(considered.slice(at + 1).every(({ outcome }) => outcome === 'not_reached')).toBe(true)
        expect(considered.slice(0, at).some(({ outcome }) => outcome === 'not_reached')).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})
