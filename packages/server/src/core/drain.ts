import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import { CLOSE_OF, type Drain, type DrainReason } from './drain-state.ts'

export interface DrainPlan {
  readonly reason: DrainReason
  /** Milliseconds in which those who are here are served as ever, so that load balancers turn away first. */
  readonly delayMs: number
  /** Milliseconds, the delay included, in which everybody is told and closed, also when the store does not answer. */
  readonly withinMs: number
}

/** Connections are closed so many at a time, with so many milliseconds in between: the others are served meanwhile. */
const CLOSES_PER_STEP = 100
const STEP_MS = 20

/** Shares of the time left: for the store to commit what was said, and then for the closing. The rest is the peers'. */
const COMMIT_SHARE = 0.5
const CLOSING_SHARE = 0.5

/**
 * Sends everybody away: refuses newcomers, waits out the delay, refuses requests, waits until what was said is committed and
 * acknowledged, then closes connection after connection. Resolves with false when the store did not commit in time.
 */
export async function drainConnections(context: Context, plan: DrainPlan): Promise<boolean> {
  const { clock, drain, fanOut, rooms } = context
  const deadline = clock.monotonic() + plan.withinMs
  const left = (share: number): number => Math.max(0, deadline - clock.monotonic()) * share
  drain.begin(plan.reason)
  drain.expectEnd(plan.delayMs)
  if (plan.delayMs > 0) await pause(clock, plan.delayMs)
  drain.beginClosing()
  const committed = await inTime(clock, said(context), left(COMMIT_SHARE))
  rooms.stop()
  context.cluster?.share.stop()
  fanOut.flush()
  await closeAll(context, left(CLOSING_SHARE))
  return committed
}

/** The same without waiting for anything but the store, however long. */
export async function closeAtOnce(context: Context, reason: DrainReason): Promise<void> {
  const { connections, drain, fanOut, rooms } = context
  drain.begin(reason)
  drain.beginClosing()
  rooms.stop()
  context.cluster?.share.stop()
  fanOut.flush()
  for (const connection of [...connections]) sendAway(connection, drain)
  await said(context)
}

/** Resolves when everything that was said has its answer; what is for somebody on another node is looked up before it is appended. */
async function said({ desk, writer }: Context): Promise<void> {
  await desk?.idle()
  await writer.idle()
}

/** Tells a v1 client its slot, then closes. Classic clients get the close alone: their pages show what they do not know. */
export function sendAway(connection: Connection, drain: Drain): void {
  const { reason } = drain
  if (connection.audience.dialect === 'v1')
    connection.reply(`{"type":"going_away","retry_after_ms":${drain.slotMs()},"reason":"${reason}"}`)
  connection.close(CLOSE_OF[reason])
}

async function closeAll({ clock, connections, drain }: Context, withinMs: number): Promise<void> {
  const all = [...connections]
  const step = Math.max(CLOSES_PER_STEP, Math.ceil((all.length * STEP_MS) / Math.max(STEP_MS, withinMs)))
  const began = clock.monotonic()
  for (let i = 0; i < all.length; i += step) {
    if (i > 0) await pause(clock, STEP_MS)
    // A busy machine takes longer for a step; the pace so far is the best guess of the pace to come.
    const stepMs = i === 0 ? STEP_MS : ((clock.monotonic() - began) * step) / i
    drain.expectEnd(Math.floor((all.length - 1 - i) / step) * stepMs)
    for (const connection of all.slice(i, i + step)) sendAway(connection, drain)
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** Whether it was settled within so many milliseconds. */
function inTime(clock: Clock, work: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false))
    void work.then(() => {
      cancel()
      resolve(true)
    })
  })
}
