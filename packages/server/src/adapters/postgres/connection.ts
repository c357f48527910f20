import { Socket } from 'node:net'
import pg from 'pg'
import { StoreUnavailable } from '../../ports/store.ts'

const CONNECT_TIMEOUT_MS = 3_000

/** Numbers of the database are 64 bits wide; all of ours are safe integers. */
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)

/** How a connection is made, for the one that writes and for those that read. */
export function clientOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'roomful',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
  }
}

/** The same as `work`, which is given up when it takes longer than `ms`. */
export async function inTime<T>(ms: number, work: Promise<T>, onLate = () => {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate()
      reject(new Error('The database did not answer in time.'))
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A connection that is cut when an answer does not come in time: a network that is silent says nothing by itself. */
export class Connection {
  readonly client: pg.Client
  readonly #socket: Socket
  #isLost = false

  constructor(url: string) {
    const socket = new Socket()
    socket.on('error', () => undefined)
    this.#socket = socket
    this.client = new pg.Client({ ...clientOptions(url), stream: () => socket })
    // What was under way is rejected with it.
    this.client.on('error', () => (this.#isLost = true))
    this.client.on('end', () => (this.#isLost = true))
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Rejects when `work` takes longer than `ms`, and cuts the connection then. */
  within<T>(ms: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
    return inTime(ms, work(this.client), () => this.cut())
  }

  cut(): void {
    this.#isLost = true
    this.#socket.destroy()
  }

  async end(): Promise<void> {
    if (this.#isLost) return
    await this.within(CONNECT_TIMEOUT_MS, (client) => client.end()).catch(() => undefined)
  }
}

/** Whether the database itself refused a statement, which it then has not carried out. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  // 57P: it is being shut down, 08: the connection; whether a commit went through before is not said.
  return error instanceof pg.DatabaseError && error.code !== undefined && !/^(57P|08)/.test(error.code)
}

/** Whether the same may succeed at once: two nodes waited for each other, and one of them had to give way. */
export function isWorthRepeating(error: pg.DatabaseError): boolean {
  return error.code === '40P01' || error.code === '40001'
}

export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable('The database cannot be used now.', { cause: error })
}
