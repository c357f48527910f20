/** MO9: what a room is told of what a moderator did. */
import type { Lang } from '@roomful/protocol'
import { Frame, NOTICE } from '../tail.ts'
import { type Act, isEverywhere, untilOf } from './acts.ts'
import { withReason } from './guard.ts'
import { MODERATION_TEXTS } from './texts.ts'

/** For each dialect its own: classic clients show the sentence of a `system` frame and would print any other type as it stands. */
export function noticesOf(act: Act, room: string): readonly Frame[] {
  const timestamp = new Date(act.at).toISOString()
  const place = { room, ...(isEverywhere(act) && { everywhere: true }) }
  const forLang = (lang: Lang, fields: object): string =>
    JSON.stringify({ ...fields, message: sentenceOf(act, lang) })
  const inBoth = (fields: object): Record<Lang, string> => ({
    'zh-Hant': forLang('zh-Hant', fields),
    en: forLang('en', fields),
  })
  return [
    new Frame(NOTICE, inBoth({ type: 'moderation', ...place, ...actFields(act), timestamp }), 'v1'),
    new Frame(NOTICE, inBoth({ type: 'system', event: 'moderation', room }), 'classic'),
  ]
}

/** What everybody may know of an act, as on the wire. */
function actFields(act: Act): object {
  const { action, name, by, seconds, reason } = act
  const until = untilOf(act)
  return {
    action,
    ...(name !== null && { username: name }),
    by,
    ...(seconds !== null && { seconds }),
    ...(until !== undefined && { until }),
    ...(reason !== '' && { reason }),
  }
}

export function sentenceOf(act: Act, lang: Lang): string {
  const said = bareSentence(act, lang)
  const where = isEverywhere(act) ? MODERATION_TEXTS[lang].everywhere(said) : said
  return withReason(lang, where, act.reason)
}

function bareSentence(act: Act, lang: Lang): string {
  const texts = MODERATION_TEXTS[lang]
  const { action, by, seconds } = act
  const who = act.name ?? texts.anAddress
  const time = seconds === null ? null : texts.duration(seconds)
  switch (action) {
    case 'mute':
      return texts.muted(who, by, time)
    case 'unmute':
      return texts.unmuted(who, by)
    case 'kick':
      return texts.kicked(who, by)
    case 'ban':
      return texts.banned(who, by, time)
    case 'unban':
      return texts.unbanned(who, by)
    case 'slow':
      return time === null || seconds === 0 ? texts.slowEnded(by) : texts.slow(by, time)
    case 'lock':
      return texts.locked(by)
    case 'unlock':
      return texts.unlocked(by)
    case 'read_only':
      return texts.readOnly(by)
    case 'writable':
      return texts.writable(by)
    case 'delete':
      return texts.deleted(act.about ?? 0, by)
    default:
      return action satisfies never
  }
}
