/** Clients that all speak as fast as they are answered, for a while. */
import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { BenchClient, type Seat, type Tally } from './client.ts'
import { BenchFault } from './fault.ts'

/** People of one room. */
const ROOM_PEOPLE = 100
/** Handshakes under way at a time. */
const OPENING = 20
/** Milliseconds in which answers may still come when nobody speaks any more. */
const ANSWERED_WITHIN_MS = 2_000
/** Milliseconds between two looks at the own event loop. */
const LOOK_MS = 10

export interface LoadPlan {
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Part of all names and rooms, so that they meet nobody else's. */
  readonly run: string
  /** Of the client with this number; `null`: guests come. */
  readonly tokenOf: (client: number) => Promise<string | null>
  /** Processor seconds that the server has used; `null` where it cannot be known. */
  readonly usage: () => Promise<number | null>
}

/** Milliseconds; `null` where nothing was measured. */
export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Load {
  readonly rooms: number
  /** Seconds that it took indeed. */
  readonly seconds: number
  readonly acknowledged: number
  readonly delivered: number
  readonly toAck: Spread | null
  readonly toDelivery: Spread | null
  /** Messages that a rate limit refused. */
  readonly rateLimited: number
  /** Messages refused otherwise, by error code. */
  readonly refused: Readonly<Record<string, number>>
  readonly unanswered: number
  /** Clients whose connection ended. */
  readonly lost: number
  /** Percent of one processor that the server used; `null` where it cannot be known. */
  readonly serverProcessor: number | null
  /** Of this program: percent of the time that its event loop was busy, and by how many milliseconds it was late. */
  readonly generator: { readonly busy: number; readonly lateP99: number }
}

/** Resolves with what was measured. Rejects with a `BenchFault`. */
export async function runLoad(plan: LoadPlan): Promise<Load> {
  const counts = new Counts()
  const clients: BenchClient[] = []
  try {
    await gather(plan, counts, clients)
    return await measure(plan, counts, clients)
  } finally {
    for (const client of clients) client.leave()
  }
}

async function gather(plan: LoadPlan, counts: Counts, clients: BenchClient[]): Promise<void> {
  const begun = { clients: 0 }
  const line = async (): Promise<void> => {
    while (begun.clients < plan.clients) {
      const seat = await seatOf(plan, begun.clients++)
      clients.push(await BenchClient.open(seat, counts))
    }
  }
  const lines = Array.from({ length: OPENING }, () =>
    line().catch((error: unknown) => {
      // Nobody else comes.
      begun.clients = plan.clients
      throw error
    }),
  )
  const ended = await Promise.allSettled(lines)
  for (const each of ended) if (each.status === 'rejected') throw each.reason
  if (counts.lostClients > 0)
    throw new BenchFault(
      'lost',
      `The server closed ${counts.lostClients} of ${plan.clients} connections before anything was said.`,
      `還沒有人說話，伺服器就關閉了 ${plan.clients} 條連線中的 ${counts.lostClients} 條。`,
    )
}

async function seatOf({ url, run, tokenOf }: LoadPlan, number: number): Promise<Seat> {
  const room = `bench-${run}-${Math.floor(number / ROOM_PEOPLE)}`
  return { url, room, name: `bench-${run}-${number}`, token: await tokenOf(number) }
}

async function measure(plan: LoadPlan, counts: Counts, clients: readonly BenchClient[]): Promise<Load> {
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS })
  const usedBefore = await plan.usage()
  const loop = performance.eventLoopUtilization()
  const began = performance.now()
  delay.enable()
  counts.isOpen = true
  for (const client of clients) client.speak()
  await sleep(plan.seconds * 1_000)
  counts.isOpen = false
  const seconds = (performance.now() - began) / 1_000
  const { utilization } = performance.eventLoopUtilization(loop)
  delay.disable()
  for (const client of clients) client.stop()
  const usedAfter = await plan.usage()
  const used = usedBefore === null || usedAfter === null ? null : usedAfter - usedBefore
  const deadline = performance.now() + ANSWERED_WITHIN_MS
  while (clients.some(({ isWaiting }) => isWaiting) && performance.now() < deadline) await sleep(LOOK_MS)
  return {
    rooms: Math.ceil(plan.clients / ROOM_PEOPLE),
    seconds,
    acknowledged: counts.toAck.count,
    delivered: counts.toDelivery.count,
    toAck: spreadOf(counts.toAck),
    toDelivery: spreadOf(counts.toDelivery),
    rateLimited: counts.rateLimited,
    refused: Object.fromEntries(counts.refused),
    unanswered: clients.filter(({ isWaiting }) => isWaiting).length,
    lost: counts.lostClients,
    serverProcessor: used === null ? null : (used * 100) / seconds,
    generator: {
      busy: utilization * 100,
      lateP99: Math.max(0, delay.percentile(99) / 1_000_000 - LOOK_MS),
    },
  }
}

/** What comes while nothing is measured is not counted, except connections that end. */
class Counts implements Tally {
  isOpen = false
  readonly toAck = createHistogram()
  readonly toDelivery = createHistogram()
  readonly refused = new Map<string, number>()
  rateLimited = 0
  lostClients = 0

  acknowledged(tookUs: number): void {
    if (this.isOpen) this.toAck.record(Math.max(tookUs, 1))
  }

  delivered(tookUs: number): void {
    if (this.isOpen) this.toDelivery.record(Math.max(tookUs, 1))
  }

  limited(): void {
    if (this.isOpen) this.rateLimited += 1
  }

  failed(code: string): void {
    if (this.isOpen) this.refused.set(code, (this.refused.get(code) ?? 0) + 1)
  }

  lost(): void {
    this.lostClients += 1
  }
}

function spreadOf(histogram: RecordableHistogram): Spread | null {
  if (histogram.count === 0) return null
  const ms = (us: number): number => us / 1_000
  return { p50: ms(histogram.percentile(50)), p99: ms(histogram.percentile(99)), max: ms(histogram.max) }
}
