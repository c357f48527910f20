import type { Connection } from './connection.ts'
import type { Context } from './context.ts'

/**
 * Looks at one connection when the wheel brings it round (HB1, HB4-HB6, ER13).
 * Returns in how many milliseconds it wants to be looked at again; 0 when it was closed.
 */
export function lookAtConnection(context: Context, connection: Connection, now: number): number {
  const { heartbeatIntervalMs, heartbeatTimeoutMs, slowTimeoutMs } = context.options
  if (connection.full && stuckFor(connection, now) >= slowTimeoutMs) {
    connection.close('slow_consumer')
    return 0
  }
  const idleMs = now - connection.lastActivity
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
  return Math.min(connection.nextPing - now, heartbeatTimeoutMs - idleMs)
}

function pingJson(context: Context): string {
  return `{"type":"ping","timestamp":"${new Date(context.clock.now()).toISOString()}"}`
}

/**
 * For how long fewer and fewer bytes have not been waiting. A peer that takes bytes is alive, however slowly,
 * though its pongs are late: they answer pings that stand behind all that waits.
 */
function stuckFor(connection: Connection, now: number): number {
  const { buffered } = connection.socket
  if (connection.stuckSince < 0 || buffered < connection.stuckBytes) {
    if (connection.stuckSince >= 0) connection.lastActivity = now
    connection.stuckBytes = buffered
    connection.stuckSince = now
  }
  return now - connection.stuckSince
}
