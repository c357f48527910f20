import { Chance } from './chance.ts'

/** Names of the clients; the first few take part. */
export const NAMES = ['Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay'] as const

/** How a run is set up. */
export interface Setting {
  readonly clients: number
  /** Milliseconds one way, from and to. */
  readonly latency: readonly [number, number]
  readonly pipeBytes: number
  readonly fullBytes: number
  readonly splits: number
  readonly loses: number
  readonly diskMs: readonly [number, number]
  readonly diskInLine: boolean
  readonly tailBytes: number
  readonly maxReplyBytes: number
  readonly rateLimited: boolean
  /** Milliseconds that one write takes the server. */
  readonly writeMs: number
  /** Characters of a text, from and to. */
  readonly text: readonly [number, number]
  /** Whether people use the SDK's outbox, with a storage. */
  readonly outbox: boolean
  /** What the server keeps of each log: so many entries, so many milliseconds. Without it, everything. */
  readonly keeps?: { readonly entries: number | null; readonly ms: number | null }
}

/** What a client does. `who` counts clients from 0. */
export type Talk =
  | { readonly do: 'say'; readonly who: number; readonly room: 'lobby' | 'side'; readonly times: number }
  | { readonly do: 'whisper'; readonly who: number; readonly to: number }
  /** Says again what was acknowledged, the newest of it or so many before that. */
  | { readonly do: 'repeat'; readonly who: number; readonly back?: number }
  | {
      readonly do: 'contradict' | 'join' | 'leave' | 'react' | 'unreact'
      readonly who: number
    }
  /** What it said last in a room, or to one person. */
  | { readonly do: 'edit' | 'remove'; readonly who: number; readonly inPrivate?: boolean }
  /** Said on another node; `loses`: probability that this one gets no hint. */
  | { readonly do: 'elsewhere'; readonly times: number; readonly loses: number }

/** What befalls a client; an end that notices a cut does so after so many milliseconds. */
export type Mishap =
  | { readonly do: 'reload' | 'wake'; readonly who: number }
  | {
      readonly do: 'cut'
      readonly who: number
      readonly client: number | null
      readonly server: number | null
    }
  | { readonly do: 'offline'; readonly who: number; readonly ms: number; readonly noticed: boolean }
  | {
      readonly do: 'freeze' | 'sleep' | 'hide' | 'stall' | 'bye' | 'clock'
      readonly who: number
      readonly ms: number
    }
  | { readonly do: 'slow'; readonly who: number; readonly ms: number; readonly bytesPerMs: number }

/** What befalls the server or its disk. */
export type Outage =
  | { readonly do: 'crash'; readonly ms: number; readonly noticed: boolean }
  /** `drain`: as by a signal; without it, it ends at once, but for the disk. */
  | {
      readonly do: 'restart'
      readonly ms: number
      readonly drain?: { readonly delayMs: number; readonly withinMs: number }
    }
  | { readonly do: 'hang' | 'diskFails'; readonly ms: number }
  | { readonly do: 'diskSlow'; readonly ms: number; readonly by: number }
  | { readonly do: 'restore'; readonly ms: number; readonly share: number }

/** `at`: milliseconds after everybody came online. */
export type Op = { readonly at: number } & (
  | { readonly talk: Talk }
  | { readonly mishap: Mishap }
  | { readonly outage: Outage }
)

export interface Plan {
  readonly seed: number
  readonly setting: Setting
  /** By time. */
  readonly ops: readonly Op[]
}

/** What happens in the run of a seed. */
export function planOf(seed: number): Plan {
  const chance = new Chance(seed, 'plan')
  const removal = new Chance(seed, 'retention')
  const keeps = keepsOf(removal)
  const setting = { ...settingOf(chance), outbox: seed % 2 === 1, ...(keeps && { keeps }) }
  const lasts = chance.between(15, 60) * 1_000
  const ops: Op[] = []
  const scenes = chance.between(4, 9)
  for (let scene = 0; scene < scenes; scene++) {
    const at = 1_000 + chance.between(0, lasts)
    ops.push({ at, ...faultOf(chance, setting) })
    // Talk around the fault: what is on its way when it strikes is what gets lost.
    const talk = chance.between(2, 8)
    for (let i = 0; i < talk; i++)
      ops.push({ at: Math.max(0, at + chance.between(-150, 250)), talk: talkOf(chance, setting) })
  }
  const small = chance.between(4, 12)
  for (let i = 0; i < small; i++) ops.push({ at: chance.between(0, lasts), talk: talkOf(chance, setting) })
  ops.push(...elsewhereOf(new Chance(seed, 'elsewhere'), lasts))
  gently(new Chance(seed, 'drain'), ops)
  strand(new Chance(seed, 'stranded'), ops)
  if (keeps !== null) ops.push(...latecomersOf(removal, lasts))
  ops.push(...editsOf(new Chance(seed, 'edits'), lasts), ...likesOf(new Chance(seed, 'likes'), lasts))
  ops.push(...secondThoughtsOf(new Chance(seed, 'second thoughts'), lasts))
  // A backup may lose all that was said before it, and then nothing could be judged.
  if (ops.some((op) => 'outage' in op && op.outage.do === 'restore'))
    for (let who = 0; who < 6; who++)
      ops.push({ at: lasts + 9_000, talk: { do: 'say', who, room: 'lobby', times: 1 } })
  ops.sort((a, b) => a.at - b.at)
  return { seed, setting, ops }
}

function settingOf(chance: Chance): Omit<Setting, 'outbox'> {
  const slowNet = chance.chance(0.3)
  const low = chance.between(1, slowNet ? 150 : 20)
  const small = chance.chance(0.4)
  return {
    clients: chance.between(2, chance.chance(0.3) ? 6 : 4),
    latency: [low, low + chance.between(0, slowNet ? 400 : 30)],
    pipeBytes: small ? chance.between(0, 800) : 65_536,
    fullBytes: small ? chance.between(200, 2_000) : 65_536,
    splits: chance.pick([0, 0.1, 0.5]),
    loses: chance.chance(0.1) ? 0.02 : 0,
    diskMs: chance.pick([
      [0, 0],
      [0, 3],
      [1, 20],
      [20, 300],
    ] as const),
    diskInLine: chance.chance(0.5),
    tailBytes: chance.pick([200, 1_000, 4_000, 524_288]),
    maxReplyBytes: chance.pick([1_000, 65_536]),
    rateLimited: chance.chance(0.5),
    writeMs: chance.chance(0.1) ? 9 : 0,
    text: chance.pick([
      [1, 20],
      [1, 200],
      [400, 1_500],
    ] as const),
  }
}

/** Most backups are put back when somebody is offline who has more to say, and thinks better of something that may be lost; many lose little. */
function strand(chance: Chance, ops: Op[]): void {
  for (const [i, op] of ops.entries()) {
    if (!('outage' in op) || op.outage.do !== 'restore' || chance.chance(0.2)) continue
    const who = chance.between(0, NAMES.length - 1)
    const before = (ms: number) => ({ at: Math.max(0, op.at - ms) })
    const times = chance.between(1, 4)
    ops[i] = {
      ...op,
      outage: { ...op.outage, share: chance.chance(0.7) ? 1 - chance.next() / 10 : op.outage.share },
    }
    ops.push(
      { ...before(2_000), talk: { do: 'say', who, room: 'lobby', times: 2 } },
      { ...before(300), mishap: { do: 'offline', who, ms: op.outage.ms + 300, noticed: true } },
      { ...before(200), talk: { do: 'say', who, room: 'lobby', times } },
      { ...before(100), talk: { do: chance.pick(['edit', 'remove', 'react'] as const), who } },
    )
  }
}

/** In every third run the server lets go of what is old, or more than it keeps. It looks every 15 s. */
function keepsOf(chance: Chance): NonNullable<Setting['keeps']> | null {
  if (!chance.chance(0.35)) return null
  const entries = chance.chance(0.6) ? chance.between(1, 30) : null
  const ms = entries === null || chance.chance(0.3) ? chance.between(5_000, 30_000) : null
  return { entries, ms }
}

/** Then people say again what was said long before. */
function latecomersOf(chance: Chance, lasts: number): Op[] {
  return Array.from({ length: chance.between(4, 12) }, () => ({
    at: chance.between(15_000, lasts + 20_000),
    talk: { do: 'repeat', who: chance.between(0, NAMES.length - 1), back: chance.between(0, 15) } as const,
  }))
}

/** In every second run people think better of what they said. */
function editsOf(chance: Chance, lasts: number): Op[] {
  return Array.from({ length: chance.chance(0.5) ? chance.between(2, 12) : 0 }, () => ({
    at: chance.between(0, lasts),
    talk: { do: 'edit', who: chance.between(0, NAMES.length - 1) } as const,
  }))
}

/** In every second run people delete what they said, and put emoji on what others said. */
function likesOf(chance: Chance, lasts: number): Op[] {
  return Array.from({ length: chance.chance(0.5) ? chance.between(3, 15) : 0 }, () => ({
    at: chance.between(0, lasts),
    talk: { do: chance.chance(0.4) ? 'remove' : 'react', who: chance.between(0, NAMES.length - 1) } as const,
  }))
}

/** In every second run people think better of what they said to one person, and take emoji back. */
function secondThoughtsOf(chance: Chance, lasts: number): Op[] {
  return Array.from({ length: chance.chance(0.5) ? chance.between(3, 12) : 0 }, () => {
    const who = chance.between(0, NAMES.length - 1)
    const kind = chance.pick(['edit', 'remove', 'unreact'] as const)
    const talk = kind === 'unreact' ? { do: kind, who } : { do: kind, who, inPrivate: true }
    return { at: chance.between(0, lasts + 5_000), talk }
  })
}

/** Most servers that are restarted get a signal. */
function gently(chance: Chance, ops: Op[]): void {
  for (const [i, op] of ops.entries()) {
    if (!('outage' in op) || op.outage.do !== 'restart' || chance.chance(0.3)) continue
    const delayMs = chance.pick([0, 0, 300, 3_000])
    const drain = { delayMs, withinMs: delayMs + chance.pick([500, 5_000, 20_000]) }
    ops[i] = { ...op, outage: { ...op.outage, drain } }
  }
}

/** In some runs there is another node. */
function elsewhereOf(chance: Chance, lasts: number): Op[] {
  if (!chance.chance(0.25)) return []
  const loses = chance.pick([0.1, 0.4, 0.8])
  return Array.from({ length: chance.between(3, 15) }, () => ({
    at: chance.between(0, lasts),
    talk: { do: 'elsewhere', times: chance.between(1, 5), loses } as const,
  }))
}

function talkOf(chance: Chance, { clients, rateLimited }: Setting): Talk {
  const who = chance.between(0, clients - 1)
  const dice = chance.next()
  if (dice < 0.6) {
    const burst = chance.chance(0.05) ? chance.between(10, rateLimited ? 130 : 60) : chance.between(1, 4)
    return { do: 'say', who, room: chance.chance(0.75) ? 'lobby' : 'side', times: burst }
  }
  if (dice < 0.8) return { do: 'whisper', who, to: chance.between(0, clients - 1) }
  if (dice < 0.86) return { do: 'repeat', who }
  if (dice < 0.9) return { do: 'contradict', who }
  return { do: dice < 0.95 ? 'join' : 'leave', who }
}

/** Milliseconds: mostly short, sometimes beyond every timeout. */
function lengthOf(chance: Chance): number {
  const dice = chance.next()
  if (dice < 0.5) return chance.between(10, 2_000)
  if (dice < 0.85) return chance.between(2_000, 20_000)
  return chance.between(20_000, 90_000)
}

const noticedIn = (chance: Chance): number | null => (chance.chance(0.5) ? chance.between(0, 500) : null)

function faultOf(chance: Chance, { clients }: Setting): { mishap: Mishap } | { outage: Outage } {
  const who = chance.between(0, clients - 1)
  const ms = lengthOf(chance)
  const dice = chance.between(0, 99)
  return dice < 70 ? { mishap: mishapOf(chance, dice, who, ms) } : { outage: outageOf(chance, dice, ms) }
}

function mishapOf(chance: Chance, dice: number, who: number, ms: number): Mishap {
  if (dice < 20) return { do: 'cut', who, client: noticedIn(chance), server: noticedIn(chance) }
  if (dice < 30) return { do: 'offline', who, ms, noticed: chance.chance(0.5) }
  if (dice < 35) return { do: 'freeze', who, ms }
  if (dice < 40) return { do: 'sleep', who, ms }
  if (dice < 43) return { do: 'hide', who, ms }
  if (dice < 51) return { do: 'stall', who, ms }
  if (dice < 55) return { do: 'slow', who, ms, bytesPerMs: chance.pick([0.01, 0.05, 0.5]) }
  if (dice < 59) return { do: 'bye', who, ms: Math.min(ms, 20_000) }
  if (dice < 66) return { do: 'reload', who }
  if (dice < 68) return { do: 'wake', who }
  return { do: 'clock', who, ms: chance.between(-3_600_000, 3_600_000) }
}

function outageOf(chance: Chance, dice: number, ms: number): Outage {
  if (dice < 80) return { do: 'crash', ms: Math.min(ms, 10_000), noticed: chance.chance(0.7) }
  if (dice < 86) return { do: 'restart', ms: Math.min(ms, 5_000) }
  if (dice < 89) return { do: 'hang', ms }
  if (dice < 94) return { do: 'diskFails', ms: Math.min(ms, 10_000) }
  if (dice < 98) return { do: 'diskSlow', ms, by: chance.between(50, 3_000) }
  return { do: 'restore', ms: chance.between(3_000, 8_000), share: chance.next() }
}
