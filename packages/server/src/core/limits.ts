/** What one connection, person or address may do (PROTOCOL.md, LI1 to LI12). */
import { type Bus, METERED, type Metered, type Usage } from '../ports/bus.ts'
import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import type { Requester } from '../ports/service.ts'
import { Account, type Rate, type Scope } from './account.ts'
import { Accounts } from './accounts.ts'
import { limitedAddress } from '../ports/networks.ts'
import type { HubOptions } from './options.ts'
import type { Person } from './person.ts'
import { COUNTS_FOR_MS, UsageShare } from './usage-share.ts'

/** Seconds' worth of a rate that may be used at once after a pause, where no setting says it. */
const BURST_SECONDS = 5

/** Seconds' worth of an address's rates that may be used at once. Many people seldom say all at once what each may, and what comes at once the others wait for. */
const ADDRESS_BURST_SECONDS = 2

/** Milliseconds after which whoever found no place may ask again. */
const NO_PLACE_RETRY_MS = 5_000

/** Every limit, and whose: the labels of what was refused. */
const LIMITS = [
  ...(['messages', 'bytes', 'joins', 'signals', 'logs'] as const).flatMap((limit) =>
    (['connection', 'user', 'address'] as const).map((scope) => `${limit} ${scope}` as const),
  ),
  'connects user',
  'connects address',
  'requests user',
  'requests address',
  'connections user',
  'connections address',
  'unproven address',
  'sockets address',
  'rooms user',
] as const

type LimitWords = (typeof LIMITS)[number]

/** What was reached. */
export interface Excess {
  readonly limit: string
  readonly scope: Scope
  /** Milliseconds after which there is room again. */
  readonly retryAfterMs: number
}

/** What is kept of a connection for its limits. */
export interface Limited {
  /** Those that pay for what it does: its own first, so that what that refuses costs nobody else anything. */
  accounts: readonly Account[]
  readonly address: string
  isUnproven: boolean
}

type Rates = Readonly<Record<Scope, Readonly<Record<Metered, Rate | null>>>>

export interface LimitsDeps {
  readonly options: HubOptions
  readonly clock: Clock
  /** `null` where there are no other nodes. */
  readonly cluster: {
    /** Name of this node. */
    readonly node: string
    readonly bus: Bus
    /** So many of the connections of this account, the newest first, are too many. */
    readonly onTooMany: (account: Account, count: number) => void
  } | null
}

export class Limits {
  /** How often each was reached. */
  readonly reached = Object.fromEntries(LIMITS.map((words) => [words, 0])) as Record<LimitWords, number>
  readonly #options: HubOptions
  readonly #clock: Clock
  readonly #rates: Rates
  readonly #users: Accounts
  readonly #addresses: Accounts
  readonly #cluster: LimitsDeps['cluster']
  readonly #share: UsageShare | null

  constructor({ options, clock, cluster }: LimitsDeps) {
    this.#cluster = cluster
    this.#options = options
    this.#clock = clock
    this.#rates = ratesOf(options)
    this.#users = new Accounts('user', clock, forgetAfterMs(this.#rates.user))
    this.#addresses = new Accounts('address', clock, forgetAfterMs(this.#rates.address))
    const accounts = [this.#users, this.#addresses]
    const held = (): Account[] => accounts.flatMap((each) => [...each.held()])
    const mostOf = (account: Account): number | null => this.#mostConnections(account)
    this.#share = cluster === null ? null : new UsageShare({ bus: cluster.bus, clock, held, mostOf })
  }

  /** Accounts that are kept, with and without connections. */
  get kept(): { readonly user: number; readonly address: number } {
    return { user: this.#users.size, address: this.#addresses.size }
  }

  /** The accounts of a new connection. It has no place yet. */
  accountsOf(address: string): readonly Account[] {
    const own = new Account('connection', '')
    const key = limitedAddress(address)
    return key === null ? [own] : [own, this.#addresses.at(key)]
  }

  /** Something comes in on a connection. */
  take({ accounts }: { readonly accounts: readonly Account[] }, metered: Metered, cost = 1): Excess | null {
    const now = this.#clock.monotonic()
    for (const account of accounts) {
      const excess = this.#pay(account, metered, now, cost)
      if (excess === null) continue
      this.giveBack({ accounts: accounts.slice(0, accounts.indexOf(account)) }, metered, cost)
      return excess
    }
    return null
  }

  /** What was taken and not used. */
  giveBack({ accounts }: { readonly accounts: readonly Account[] }, metered: Metered, cost: number): void {
    const now = this.#clock.monotonic()
    for (const account of accounts) this.#payBack(account, metered, now, cost)
  }

  /** Those that pay for what is said over HTTP: whoever has shown a token, and the address. */
  payersOf(identity: Identity | null, address: string | null): Account[] {
    const key = address === null ? null : limitedAddress(address)
    return [
      ...(identity === null ? [] : [this.#users.at(identity.person)]),
      ...(key === null ? [] : [this.#addresses.at(key)]),
    ]
  }

  /** A message of so many bytes comes in: it costs nothing unless there is room for both. */
  takeFrame(connection: Limited, bytes: number): Excess | null {
    const excess = this.take(connection, 'messages')
    if (excess !== null) return excess
    const tooLong = this.take(connection, 'bytes', bytes)
    if (tooLong === null) return null
    this.giveBack(connection, 'messages', 1)
    return tooLong
  }

  /** A socket that is no connection yet takes a place, which what is answered gives back. `null`: there is none. */
  arrive(address: string): (() => void) | null {
    const { maxSocketsPerAddress: most } = this.#options
    const key = limitedAddress(address)
    if (key === null || most === null) return nothing
    const account = this.#addresses.at(key)
    if (account.sockets >= most) {
      this.reached['sockets address']++
      return null
    }
    account.sockets++
    let isHere = true
    return () => {
      if (isHere) account.sockets--
      isHere = false
    }
  }

  /** Somebody wants to connect. */
  connect(address: string): Excess | null {
    return this.#payOf(this.#addresses, limitedAddress(address), 'connects')
  }

  /** A request over HTTP. */
  request(requester: Requester): Excess | null {
    return 'address' in requester
      ? this.#payOf(this.#addresses, limitedAddress(requester.address), 'requests')
      : this.#payOf(this.#users, requester.identity.person, 'requests')
  }

  /** The connection takes a place of its address, which `left` gives back. */
  enter({ accounts }: Limited): Excess | null {
    const address = accounts.find(({ scope }) => scope === 'address')
    if (address === undefined) return null
    if (this.#isFull(address)) return this.#count('connections', 'address', NO_PLACE_RETRY_MS)
    this.#hold(address)
    return null
  }

  /** It has not proven who it is, until `proven` or `left`. */
  unproven(connection: Limited): Excess | null {
    const address = connection.accounts.find(({ scope }) => scope === 'address')
    if (address === undefined) return null
    const { maxUnprovenPerAddress: most } = this.#options
    if (most !== null && address.unproven >= most)
      return this.#count('unproven', 'address', NO_PLACE_RETRY_MS)
    address.unproven++
    connection.isUnproven = true
    return null
  }

  proven(connection: Limited): void {
    if (!connection.isUnproven) return
    connection.isUnproven = false
    for (const account of connection.accounts) if (account.scope === 'address') account.unproven--
  }

  /** The connection is that of somebody with a name, by id, and takes a place of theirs. */
  belongs(connection: Limited, person: string): Excess | null {
    const user = this.#users.at(person)
    const excess = this.#pay(user, 'connects', this.#clock.monotonic(), 1)
    if (excess !== null) return excess
    if (this.#isFull(user)) return this.#count('connections', 'user', NO_PLACE_RETRY_MS)
    this.#hold(user)
    const [own, ...others] = connection.accounts
    connection.accounts = own === undefined ? [] : [own, user, ...others]
    return null
  }

  /** The connection is gone, or going. */
  left(connection: Limited): void {
    this.proven(connection)
    for (const account of connection.accounts) {
      if (account.scope === 'connection') continue
      this.#tableOf(account).release(account)
      this.#share?.counted(account)
    }
    connection.accounts = []
  }

  /** Whether a person is in as many rooms already, on all nodes together. */
  hasNoRoomFor(person: Person, room: string): boolean {
    const { maxRoomsPerUser: most } = this.#options
    if (most === null || person.name === null) return false
    if (person.rooms.length < most || person.rooms.includes(room)) return false
    this.reached['rooms user']++
    return true
  }

  /** Another node tells what was used there. */
  hear({ number, scope, key, connections, used }: Usage, from: string): void {
    const accounts = scope === 'user' ? this.#users : this.#addresses
    if (connections === 0 && Object.keys(used).length === 0 && accounts.find(key) === undefined) return
    const account = accounts.at(key)
    const now = this.#clock.monotonic()
    if (account.hear(from, { number, connections, until: now + COUNTS_FOR_MS }, now)) return
    for (const metered of METERED) {
      const rate = this.#rates[scope][metered]
      const amount = used[metered]
      if (rate !== null && amount !== undefined) account.owe(metered, rate, now, amount)
    }
    this.#closeTooMany(account, from, now)
  }

  /** Several nodes let in as many as there may be at the same moment: of two nodes the one with the later name makes good. */
  #closeTooMany(account: Account, from: string, now: number): void {
    const most = this.#mostConnections(account)
    if (most === null || this.#cluster === null || this.#cluster.node < from) return
    const excess = Math.min(account.all(now) - most, account.connections)
    if (excess > 0) this.#cluster.onTooMany(account, excess)
  }

  stop(): void {
    this.#share?.stop()
  }

  #payOf(accounts: Accounts, key: string | null, metered: Metered): Excess | null {
    return key === null ? null : this.#pay(accounts.at(key), metered, this.#clock.monotonic(), 1)
  }

  #pay(account: Account, metered: Metered, now: number, cost: number): Excess | null {
    const rate = this.#rates[account.scope][metered]
    if (rate === null) return null
    const waitMs = account.take(metered, rate, now, cost)
    if (waitMs > 0) return this.#count(metered, account.scope, waitMs)
    if (account.scope !== 'connection') this.#share?.used(account, metered, rate.capacity, cost)
    return null
  }

  /** What somebody else refused, so that nobody waits for it twice. */
  #payBack(account: Account, metered: Metered, now: number, cost: number): void {
    const rate = this.#rates[account.scope][metered]
    if (rate === null) return
    account.owe(metered, rate, now, -cost)
    if (account.scope !== 'connection') this.#share?.used(account, metered, rate.capacity, -cost)
  }

  #count(limit: string, scope: Scope, retryAfterMs: number): Excess {
    this.reached[`${limit} ${scope}` as LimitWords]++
    return { limit, scope, retryAfterMs }
  }

  #isFull(account: Account): boolean {
    const most = this.#mostConnections(account)
    return most !== null && account.all(this.#clock.monotonic()) >= most
  }

  #hold(account: Account): void {
    this.#tableOf(account).hold(account)
    this.#share?.counted(account)
  }

  #tableOf({ scope }: Account): Accounts {
    return scope === 'user' ? this.#users : this.#addresses
  }

  #mostConnections({ scope }: Account): number | null {
    return scope === 'user' ? this.#options.maxConnectionsPerUser : this.#options.maxConnectionsPerAddress
  }
}

function nothing(): void {}

/** After so many milliseconds the deepest debt is paid, the bucket is full again, and what other nodes told does not count any more. */
function forgetAfterMs(rates: Rates[Scope]): number {
  const fullAfterMs = Object.values(rates).map((rate) =>
    rate === null ? 0 : (2_000 * rate.capacity) / rate.perSecond,
  )
  return Math.max(COUNTS_FOR_MS, ...fullAfterMs)
}

/** A person may do as much as some connections together, and an address as much as some more. */
function ratesOf(options: HubOptions): Rates {
  const { rateLimit, ratePerUser, ratePerAddress } = options
  const none = Object.fromEntries(METERED.map((metered) => [metered, null])) as Rates[Scope]
  if (rateLimit === null) return { connection: none, user: none, address: none }
  const own = { ...ratesOfOne(options, 1), connects: null, requests: null }
  const user = ratePerUser === null ? none : ratesOfOne(options, ratePerUser, options.maxConnectionsPerUser)
  return {
    connection: own,
    user,
    address: ratePerAddress === null ? none : ratesOfAddress(options, ratePerAddress),
  }
}

/** At once, never less than one connection may. */
function ratesOfAddress(options: HubOptions, factor: number): Rates[Scope] {
  const own = ratesOfOne(options, 1)
  const rates = METERED.map((metered) => {
    const rate = own[metered]
    if (rate === null) return [metered, null]
    const perSecond = rate.perSecond * factor
    // For a new log nobody waits as for what comes at once of the others, and a class begins all its rooms at once.
    const atOnce = metered === 'logs' ? rate.capacity * factor : perSecond * ADDRESS_BURST_SECONDS
    return [metered, { perSecond, capacity: Math.max(rate.capacity, atOnce) }]
  })
  return Object.fromEntries(rates) as Rates[Scope]
}

function ratesOfOne(options: HubOptions, factor: number, connectsAtOnce = 0): Rates[Scope] {
  const rate = (perSecond: number | null, atOnce = 0): Rate | null =>
    perSecond === null
      ? null
      : { perSecond: perSecond * factor, capacity: Math.max(1, atOnce, perSecond * BURST_SECONDS) * factor }
  const { rateLimit, rateBurst } = options
  const connects = rate(options.connectRateLimit)
  return {
    messages: rateLimit === null ? null : { perSecond: rateLimit * factor, capacity: rateBurst * factor },
    bytes: rate(options.byteRateLimit, options.maxFrameBytes),
    // Whoever comes back enters all of the rooms anew.
    joins: rate(options.joinRateLimit, options.maxRooms),
    signals: rate(options.signalRateLimit),
    logs: rate(options.logRateLimit, options.maxRooms),
    connects: connects && { ...connects, capacity: Math.max(connects.capacity, connectsAtOnce) },
    requests: rate(options.requestRateLimit),
  }
}
