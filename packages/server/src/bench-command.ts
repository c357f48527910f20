/** `roomful bench`. */
import { randomBytes } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchFault } from './adapters/bench/fault.ts'
import { type Load, runLoad } from './adapters/bench/load.ts'
import { type OwnServer, startOwnServer } from './adapters/bench/own-server.ts'
import { benchJson, benchText } from './adapters/bench/report.ts'
import { type Said, said } from './adapters/doctor/finding.ts'
import type { Asked } from './config/argv.ts'
import { SettingsError, source } from './config/error.ts'
import { IN_MEMORY, isDatabase } from './config/load.ts'
import { OFF } from './config/off.ts'
import { tokenOfProcess } from './config/process.ts'
import type { Settings } from './config/settings.ts'
import { webAddress } from './config/web-address.ts'

const CLIENTS = { name: 'clients', fallback: 100, most: 5_000 } as const
const SECONDS = { name: 'seconds', fallback: 10, most: 60 } as const

/** Where the program lies, built: beside this file. */
const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'main.js')

interface Plan {
  readonly clients: number
  readonly seconds: number
  /** `null`: a server of its own. */
  readonly url: string | null
  readonly token: string | null
}

/** Measures, tells what it found, and resolves with the exit code. Rejects with an `Error` of one sentence. */
export async function runBench(
  asked: Asked,
  settings: Settings,
  say: (text: string) => void,
): Promise<number> {
  const plan = planOf(asked, settings)
  const { clients, url } = plan
  if (asked.json !== true) say(`${announced(plan)[settings.lang]}\n`)
  const endEarly = (): void => process.exit(1)
  process.once('SIGINT', endEarly).once('SIGTERM', endEarly)
  try {
    const load = await measured(plan, settings)
    const figures = { url, clients, ...load }
    say(asked.json === true ? benchJson(figures) : benchText(figures, settings.lang))
    return load.acknowledged > 0 && load.lost === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof BenchFault)) throw error
    const message = error.what[settings.lang]
    if (asked.json === true) say(`${JSON.stringify({ type: 'error', code: error.code, message })}\n`)
    throw new Error(message, { cause: error })
  } finally {
    process.off('SIGINT', endEarly).off('SIGTERM', endEarly)
  }
}

function announced({ clients, seconds, url }: Plan): Said {
  const [where, whereZh] =
    url === null
      ? ['a server of its own, without rate limits,', '自己的伺服器（沒有速率限制）']
      : [url, ` ${url} `]
  const [stays, staysZh] =
    url === null
      ? ['', '']
      : [
          ' What they say stays in rooms whose names begin with bench-.',
          '他們說的話會留在名稱以 bench- 開頭的聊天室。',
        ]
  return said(
    `${clients} clients connect to ${where} and speak for ${seconds} s, each as fast as it is answered.${stays}`,
    `${clients} 個用戶端連線到${whereZh}，說話 ${seconds} 秒，每個都在收到回應後立刻再說。${staysZh}`,
  )
}

function planOf(asked: Asked, { data }: Settings): Plan {
  const clients = numberOf(asked.clients, CLIENTS)
  const seconds = numberOf(asked.seconds, SECONDS)
  if (asked.url === undefined) {
    if (asked.token !== undefined || asked.yes === true)
      refuse('url', '--token and --yes are for a running server: name it with --url')
    if (isDatabase(data))
      refuse(
        'data',
        'a server of its own needs a data folder: measure one on PostgreSQL with --url and --yes',
      )
    return { clients, seconds, url: null, token: null }
  }
  const url = webAddress('bench', asked.url)
  if (asked.yes !== true)
    refuse('yes', `others may use ${url}, and would notice: say --yes as well if they may`)
  return { clients, seconds, url, token: tokenOfProcess('bench', asked.token) }
}

function numberOf(
  given: string | undefined,
  { name, fallback, most }: { readonly name: string; readonly fallback: number; readonly most: number },
): number {
  if (given === undefined) return fallback
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0
  if (number < 1 || number > most) refuse(name, `--${name} is a whole number from 1 to ${most}`)
  return number
}

function refuse(flag: string, what: string): never {
  throw new SettingsError(flag, source.flag(flag), `bench: ${what}.`)
}

async function measured(plan: Plan, settings: Settings): Promise<Load> {
  const { clients, seconds } = plan
  const run = randomBytes(4).toString('hex')
  if (plan.url !== null) {
    const tokenOf = tokensFor(plan, settings, run)
    return runLoad({ url: plan.url, clients, seconds, run, tokenOf, usage: async () => null })
  }
  const own = await ownServer(plan, settings)
  try {
    return await runLoad({ url: own.url, clients, seconds, run, tokenOf: async () => null, usage: own.usage })
  } finally {
    await own.remove()
  }
}

/** The one that was given, or one for each that is made with the secret of the settings, or none. */
function tokensFor(
  { token }: Plan,
  settings: Settings,
  run: string,
): (client: number) => Promise<string | null> {
  if (token !== null || settings.auth === 'guest' || settings.jwtSecret === '') return async () => token
  return async (client) => {
    const { printedToken } = await import('./token-command.ts')
    return (await printedToken({ name: `bench-${run}-${client}`, expires: '5m' }, settings)).trim()
  }
}

/** With those settings that decide how much it can do, and no limit that would be measured in its place. */
function ownServer(
  plan: Plan,
  { data, workers, compression, tailBytes, lang }: Settings,
): Promise<OwnServer> {
  const flags = {
    workers,
    compression,
    'tail-bytes': tailBytes,
    lang,
    'log-level': 'error',
    'rate-limit': OFF,
    'max-connections': Math.max(plan.clients * 2, 100),
    'max-connections-per-address': OFF,
    'max-sockets-per-address': OFF,
    'max-unproven-per-address': OFF,
  }
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return startOwnServer({
    program: PROGRAM,
    args,
    beside: data === IN_MEMORY ? null : dirname(resolve(data)),
  })
}
