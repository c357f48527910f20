/** What a moderator asks for, made complete: what the fields must be. `whom.ts` says who is meant. */
import {
  checkRoom,
  DEFAULT_MUTE_SECONDS,
  DEFAULT_SLOW_SECONDS,
  EVERYWHERE,
  type Lang,
  MAX_REASON_LENGTH,
  MAX_SLOW_SECONDS,
  type ModerationAction,
} from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import { Refusal } from '../../ports/service.ts'
import type { Context } from '../context.ts'
import { TEXTS } from '../texts.ts'
import type { Doing } from './acts.ts'
import type { Asked, Moderator, Readings } from './asked.ts'
import { callerOf } from './marks.ts'
import { MODERATION_TEXTS } from './texts.ts'
import { whomOf, wrong } from './whom.ts'

const ON_PEOPLE: ReadonlySet<ModerationAction> = new Set(['mute', 'unmute', 'kick', 'ban', 'unban'])

/** Throws `Refusal`; rejects with `StoreUnavailable`. */
export async function doingOf(context: Context, moderator: Moderator, readings: Readings): Promise<Doing> {
  const [{ action, room, seq, epoch, said_in }] = readings
  const isOnPeople = ON_PEOPLE.has(action)
  if (room === EVERYWHERE && !isOnPeople) throw wrong(moderator, 'room')
  if (action === 'delete' && seq === undefined) throw wrong(moderator, 'seq')
  if (said_in !== undefined && (room !== EVERYWHERE || !checkRoom(said_in).ok))
    throw wrong(moderator, 'said_in')
  if (seq !== undefined && epoch !== undefined && epoch !== context.store.epoch)
    throw new Refusal('not_found', TEXTS[moderator.lang].logBeganAnew, { field: 'epoch' })
  for (const reading of readings) {
    reasonOf(moderator, reading)
    secondsOf(moderator, reading)
  }
  const { asked, whom } = isOnPeople ? await whomOf(context, moderator, readings) : nobody(readings)
  return {
    action,
    room,
    ...whom,
    seconds: secondsOf(moderator, asked),
    reason: reasonOf(moderator, asked),
    about: seq ?? null,
    ...(seq !== undefined && said_in !== undefined && { aboutIn: said_in }),
  }
}

function nobody([asked]: Readings) {
  return { asked, whom: { name: null, marks: [], withAddress: false } }
}

/** One line: rooms show it in theirs. */
function reasonOf({ lang }: Moderator, { reason = '' }: Asked): string {
  const text = reason.trim()
  if (text.isWellFormed() && [...text].length <= MAX_REASON_LENGTH && !/\p{Cc}/u.test(text)) return text
  const message = MODERATION_TEXTS[lang].reason(MAX_REASON_LENGTH)
  throw new Refusal('bad_message', message, { field: 'reason' })
}

function secondsOf(moderator: Moderator, { action, seconds }: Asked): number | null {
  if (action === 'slow') {
    if ((seconds ?? 0) > MAX_SLOW_SECONDS) throw wrong(moderator, 'seconds')
    return seconds ?? DEFAULT_SLOW_SECONDS
  }
  if (action !== 'mute' && action !== 'ban') return null
  if (seconds === 0) throw wrong(moderator, 'seconds')
  return seconds ?? (action === 'mute' ? DEFAULT_MUTE_SECONDS : null)
}

/** Whoever asks over HTTP. */
export function moderatorOf(identity: Identity, address: string | null, lang: Lang): Moderator {
  const { name, person } = identity
  return { ...callerOf(identity, address), name, person, lang }
}
