/** PE10: what somebody may in a room, and which rule said so. For administrators. */
import { checkRoom, type Lang, nameKey } from '@roomful/protocol'
import type { Identity } from '../ports/auth.ts'
import { type Action, ACTIONS } from '../ports/grants.ts'
import { type Considered, type ExplainRequest, type Explained, Refusal } from '../ports/service.ts'
import type { Context } from './context.ts'
import { HookUnavailable } from './hook-answers.ts'
import type { Outcome } from './permissions.ts'
import { hindranceOf } from './moderation/guard.ts'
import type { Wish } from './moderation/moderation.ts'
import { callerOf, type Marked } from './moderation/marks.ts'
import { shown } from './shown.ts'
import { TEXTS } from './texts.ts'

/** Somebody of whom nothing is known but what a rule may name. */
const UNKNOWN_BEARER: Omit<Identity, 'subject' | 'issuer' | 'person' | 'name'> = {
  tokenId: null,
  issuedAt: null,
  isAdmin: false,
  grants: null,
  claims: {},
  key: '',
  expiresAt: Infinity,
}

/** Throws `Refusal` (`forbidden`, `invalid_room`, `bad_message`, `user_not_found`). */
export async function explain(context: Context, request: ExplainRequest): Promise<Explained> {
  const { permissions, options } = context
  const { lang } = options
  const texts = TEXTS[lang]
  if (request.identity?.isAdmin !== true) throw new Refusal('forbidden', texts.adminsOnly)
  const check = checkRoom(request.room)
  if (!check.ok) throw new Refusal('invalid_room', texts.invalidRoom, { field: 'room' })
  const who = whoIsMeant(context, request, lang)
  const { identity } = who
  await context.moderation.waitUntilKnown()
  try {
    await permissions.known({ identity })
  } catch (error) {
    // That is what is told then.
    if (!(error instanceof HookUnavailable)) throw error
  }
  const hindrances = WISHES.map((wish) => hindranceOf(context, who, check.name, wish)?.why ?? null)
  const hinders = hindrances.find((why) => why !== null) ?? null
  const moderation = {
    source: 'moderation',
    rule: hinders,
    outcome: hinders === null ? 'not_configured' : 'takes_away',
  } as const
  const considered = [moderation, ...permissions.explain({ identity }, check.name)]
  const isAllowed = (action: Action): boolean =>
    permissions.judge({ identity }, check.name, action).allowed &&
    WISHES.every((wish, i) => wish !== wishOf(action) || hindrances[i] === null)
  const { source, rule } = permissions.judge({ identity }, check.name, 'read').why
  return {
    room: check.name,
    username: identity?.name ?? request.user ?? null,
    subject: identity?.subject ?? null,
    issuer: identity?.issuer ?? null,
    may: ACTIONS.filter(isAllowed),
    decided_by: { source, rule },
    considered: considered.map((each): Considered => ({ ...each, message: SENTENCES[lang][each.outcome] })),
  }
}

/** What moderation may take away. */
const WISHES = ['join', 'read', 'write'] as const

/** What must not be taken away: whoever may not read there does not moderate there. */
function wishOf(action: Action): Wish {
  return action === 'moderate' ? 'read' : action
}

/** Somebody who is here, by name; a subject, of whose token nothing else is known; or a guest. */
function whoIsMeant(context: Context, { user, subject, issuer = '' }: ExplainRequest, lang: Lang): Marked {
  const texts = TEXTS[lang]
  if (user !== undefined && subject !== undefined)
    throw new Refusal('bad_message', texts.field('subject'), { field: 'subject' })
  if (subject !== undefined) {
    const identity = { ...UNKNOWN_BEARER, subject, issuer, person: `?${issuer} ${subject}`, name: subject }
    return callerOf(identity, null)
  }
  if (user === undefined) return callerOf(null, null)
  const key = nameKey(user)
  for (const connection of context.connections) {
    const { state } = connection
    if (state.phase === 'open' && state.person.name !== null && state.person.key === key) return connection
  }
  throw new Refusal('user_not_found', texts.userNotFound(shown(user)), { field: 'user' })
}

const SENTENCES: Readonly<Record<Lang, Readonly<Record<Outcome | 'takes_away', string>>>> = {
  en: {
    decided: 'This decides.',
    takes_away: 'Moderators have taken something away.',
    not_reached: 'Something before it has decided.',
    not_configured: 'There is none.',
    not_this_person: 'It is about somebody else.',
    not_this_room: 'It is about other rooms.',
    unavailable: 'The hook does not answer, so nothing is allowed.',
  },
  'zh-Hant': {
    decided: '由這一項決定。',
    takes_away: '管理者取消了其中的部分權限。',
    not_reached: '前面已有一項決定了。',
    not_configured: '沒有設定。',
    not_this_person: '它針對的是其他人。',
    not_this_room: '它針對的是其他聊天室。',
    unavailable: '查詢服務沒有回應，所以什麼都不允許。',
  },
}
