/**
 * What all chat peers send for one message: the fields of a Roomful message, so that all move the same bytes. None of
 * them stores anything.
 */
const ID_LENGTH = 16

let serial = 0

/** @param {string} username @param {string} message @param {number} seq @param {string} room */
export function chatMessage(username, message, seq, room) {
  serial += 1
  return {
    type: 'message',
    username,
    message,
    timestamp: new Date().toISOString(),
    id: String(serial).padStart(ID_LENGTH, '0'),
    seq,
    room,
  }
}

/** @typedef {{ username: string, room: string }} Seat */

/** Reads `/ws/chat/{username}?room={room}`. @param {string} target @returns {Seat} */
export function seatOf(target) {
  const url = new URL(target, 'http://localhost')
  return { username: url.pathname.slice('/ws/chat/'.length), room: url.searchParams.get('room') ?? 'lobby' }
}

export const isEcho = (/** @type {string} */ target) => target === '/ws'
