import type { Connection } from './connection.ts'
import { expire, lookAtUnproven, validFor } from './authentication.ts'
import type { Context } from './context.ts'

/**
 * Looks at one connection when the wheel brings it round (HB1, HB4-HB6, ER13).
 * Returns in how many milliseconds it wants to be looked at again; 0 when it was closed.
 */
export function lookAtConnection(context: Context, connection: Connection, now: number): number {
  const { heartbeatIntervalMs, heartbeatTimeoutMs, slowTimeoutMs } = context.options
  if (connection.state.phase === 'unproven') return lookAtUnproven(connection, connection.state, now)
  const validMs = validFor(context, connection)
  if (validMs <= 0) {
    expire(connection)
    return 0
  }
  if (connection.full)
    return Math.min(validMs, lookAtFull(connection, now, slowTimeoutMs, heartbeatIntervalMs))
  // The wheel's time stands still between two ticks: what came last came up to one tick later than noted.
  const idleMs = now - connection.lastActivity - context.wheel.tickMs
  if (idleMs >= heartbeatTimeoutMs) {
    const message = connection.texts.inactive(heartbeatTimeoutMs / 1000)
    connection.close('inactive', { code: 'inactive', message })
    return 0
  }
  if (now >= connection.nextPing && connection.state.phase !== 'opening') {
    connection.nextPing = now + heartbeatIntervalMs
    if (connection.heartbeat) connection.reply(pingJson(context))
    else connection.socket.ping()
  }
  return Math.min(connection.nextPing - now, heartbeatTimeoutMs - idleMs, validMs)
}

/**
 * A full connection is judged by what it takes, not by what it says: its pongs would answer pings that stand behind
 * all that waits. One that takes bytes is alive, however slowly.
 */
function lookAtFull(connection: Connection, now: number, slowTimeoutMs: number, intervalMs: number): number {
  const { buffered } = connection.socket
  if (buffered < connection.stuckBytes) {
    connection.stuckSince = now
    connection.lastActivity = now
  }
  connection.stuckBytes = buffered
  const leftMs = connection.stuckSince + slowTimeoutMs - now
  if (leftMs > 0) return Math.min(leftMs, intervalMs)
  connection.close('slow_consumer')
  return 0
}

function pingJson(context: Context): string {
  return `{"type":"ping","timestamp":"${new Date(context.clock.now()).toISOString()}"}`
}
