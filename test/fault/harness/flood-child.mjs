/**
 * Attackers on bare sockets, in a process of their own: each connects, says more than it may, throws away what comes, and is back at once when it is
 * closed or refused. Told what to do in the first argument; ends with its parent's word and says what it did.
 */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { textFrame } from '../../../bench/generator/frames.mjs'

/** @typedef {import('./flood.mjs').FloodPlan} FloodPlan */

/** Milliseconds between two volleys of an attacker, and until it is back. */
const VOLLEY_MS = 100
const BACK_MS = 50

/** All sockets read into one buffer, and nobody looks at what is in it but at the first bytes. */
const shared = new Uint8Array(65_536)

/** @type {FloodPlan} */
const { port, from, label, attackers, perSecond } = JSON.parse(process.argv[2] ?? '{}')
const report = { connects: 0, refusedUpgrades: 0, sent: attackers.map(() => 0) }
let isOver = false

/** @param {number} index */
function attack(index) {
  const { name = '', room = '' } = attackers[index] ?? {}
  let isOpen = false
  const socket = connect({
    port,
    host: '127.0.0.1',
    localAddress: from,
    noDelay: true,
    onread: { buffer: shared, callback: (length) => hear(length) },
  })
  const hear = (/** @type {number} */ length) => {
    if (isOpen) return true
    const head = Buffer.from(shared.subarray(0, Math.min(length, 16))).toString('latin1')
    isOpen = head.startsWith('HTTP/1.1 101')
    if (head.startsWith('HTTP/1.1 429')) report.refusedUpgrades++
    return true
  }
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /ws/chat/${encodeURIComponent(name)}?room=${room} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  report.connects++
  const volley = setInterval(() => isOpen && shoot(socket, index), VOLLEY_MS)
  socket.on('error', () => {})
  socket.on('end', () => socket.destroy())
  socket.on('close', () => {
    clearInterval(volley)
    if (!isOver) setTimeout(attack, BACK_MS, index)
  })
}

/** Shares of a message that were not sent yet, by attacker. */
const owed = attackers.map(() => 0)

/** @param {import('node:net').Socket} socket @param {number} index */
function shoot(socket, index) {
  const due = (owed[index] ?? 0) + (perSecond * VOLLEY_MS) / 1_000 / attackers.length
  const count = Math.floor(due)
  owed[index] = due - count
  // One that is not read any more need not be sent more.
  if (socket.writableLength > 65_536) return
  for (let i = 0; i < count; i++) {
    const number = report.sent[index] ?? 0
    report.sent[index] = number + 1
    socket.write(textFrame(JSON.stringify({ message: `${label} ${index} ${number}` })))
  }
}

process.once('message', () => {
  isOver = true
  process.send?.(report, () => process.exit(0))
})
process.once('disconnect', () => process.exit(0))
attackers.forEach((_, index) => attack(index))
