import type { Lang } from '@roomful/protocol'
import type { ExportedMessage, ExportFormat } from './message.ts'
import { WORDS } from './words.ts'

/** Whatever a reader may take for the end of a line (Unicode standard, 5.8). */
const LINE_ENDS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/

/** Control characters, which a terminal obeys, and marks that turn the direction of a line. */
// oxlint-disable-next-line no-control-regex -- these are what must not get through
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

const INDENT = '    '

/** For people: a line says when, who and what, and further lines of a text are indented, so that none can pass for a message. */
export function plainText(lang: Lang): ExportFormat {
  const words = WORDS[lang]
  let isEmpty = true
  return {
    begin: (at) => `${words.title}\n${words.exportedAt(at)}\n`,
    announce: () => '',
    beginRooms: () => '',
    beginRoom: ({ name }) => {
      isEmpty = false
      return `\n# ${safe(name)}\n\n`
    },
    message: (message) =>
      `${message.seq} [${safe(message.timestamp)}] ${safe(message.username)}: ${bodyOf(message)}\n`,
    endRoom: () => '',
    end: () => (isEmpty ? `\n${words.nothing}\n` : ''),
  }

  function bodyOf({ message, edited, deleted, replyTo, reactions }: ExportedMessage): string {
    const answers = replyTo?.seq == null ? words.answersGone : words.answers(replyTo.seq)
    const notes = [...(replyTo === null ? [] : [answers]), ...(edited ? [words.edited] : [])]
    const noted = notes.length === 0 ? '' : `(${notes.join(', ')}) `
    const said = deleted ? `(${words.deleted})` : message.split(LINE_ENDS).map(safe).join(`\n${INDENT}`)
    const marks = reactions.map(({ emoji, usernames }) => `${safe(emoji)} ${usernames.map(safe).join(', ')}`)
    return [noted + said, ...marks].join(`\n${INDENT}`)
  }
}

/** One line that a terminal only shows. */
function safe(text: string): string {
  const line = text.split(LINE_ENDS).join(' ')
  return line.replace(CONTROLS, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
