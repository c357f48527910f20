import type { ExportFormat } from './message.ts'

/** One JSON object a line: the first one says what this is, each other is a message. */
export function jsonLines(version: string): ExportFormat {
  const line = (content: object): string => `${JSON.stringify(content)}\n`
  return {
    begin: (at) => line({ type: 'export', exported_at: at, version }),
    announce: () => '',
    beginRooms: () => '',
    beginRoom: () => '',
    message: ({ replyTo, edited, deleted, reactions, ...message }) =>
      line({
        type: 'message',
        ...message,
        ...(edited && { edited }),
        ...(deleted && { deleted }),
        ...(replyTo !== null && { reply_to: replyTo }),
        ...(reactions.length > 0 && { reactions }),
      }),
    endRoom: () => '',
    end: () => '',
  }
}
