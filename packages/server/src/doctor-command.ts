/** `roomful doctor`. */
import { availableParallelism } from 'node:os'
import { checkHttpClock } from './adapters/doctor/clock.ts'
import { checkDescriptors } from './adapters/doctor/descriptors.ts'
import { type Finding, finding, said, shownFinding } from './adapters/doctor/finding.ts'
import { checkTokens } from './adapters/doctor/tokens.ts'
import type { Token } from './adapters/doctor/login.ts'
import { checkWeb } from './adapters/doctor/web.ts'
import type { Asked } from './config/argv.ts'
import { isBroker, shownBus } from './config/bus.ts'
import { busFault } from './config/bus-fault.ts'
import { IN_MEMORY, isDatabase, shownData } from './config/load.ts'
import { tokenOfProcess } from './config/process.ts'
import { AUTO, type Settings } from './config/settings.ts'
import { webAddress } from './config/web-address.ts'

/** Names under which a server listens everywhere. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Looks at what a server with these settings needs, tells each finding as it comes, and resolves with the exit code: 1 when something is bad. */
export async function runDoctor(
  { url: named, token: given }: Asked,
  settings: Settings,
  say: (text: string) => void,
): Promise<number> {
  const url = urlOf(named, settings)
  const token = await tokenFor(given, settings)
  let isBad = false
  const tell = (found: Finding): void => {
    isBad ||= found.state === 'bad'
    say(shownFinding(found, settings.lang))
  }
  const workers = settings.workers === AUTO ? availableParallelism() : settings.workers
  tell(await checkDescriptors(url, Math.ceil(settings.maxConnections / workers)))
  if (settings.auth !== 'guest') tell(checkTokens({ needsIat: settings.jwtIat === 'required' }))
  const kept = await keptFindings(settings)
  for (const found of kept) tell(found)
  if (isBroker(settings.bus)) tell(await brokerFinding(settings))
  if (!kept.some(({ check }) => check === 'clock')) tell(await checkHttpClock(url))
  const { heartbeatInterval } = settings
  for (const found of await checkWeb({ url, isNamed: named !== undefined, heartbeatInterval, token }))
    tell(found)
  return isBad ? 1 : 0
}

function urlOf(named: string | undefined, { host, port }: Settings): string {
  const text =
    named ?? `http://${ANY_ADDRESS.has(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
  return webAddress('doctor', text)
}

async function keptFindings({ data }: Settings): Promise<Finding[]> {
  if (data === IN_MEMORY)
    return [
      finding(
        'store',
        'warning',
        said('Nothing is kept: a restart loses every message.', '不保留任何資料：重新啟動就會失去所有訊息。'),
        said('Name a folder or a database with --data.', '請以 --data 指定資料夾或資料庫。'),
      ),
    ]
  if (isDatabase(data)) {
    const { checkDatabase } = await import('./adapters/doctor/database.ts')
    return checkDatabase(data, shownData(data))
  }
  const { checkFolder } = await import('./adapters/doctor/folder.ts')
  return [await checkFolder(data)]
}

async function brokerFinding({ bus }: Settings): Promise<Finding> {
  const { checkBroker } = await import('./adapters/doctor/broker.ts')
  return checkBroker(bus, shownBus(bus), (error) =>
    said(busFault(error, bus), busFault(error, bus, 'zh-Hant')),
  )
}

/** One that lets the doctor in where everybody needs one, if it was given or can be made. */
async function tokenFor(given: string | undefined, settings: Settings): Promise<Token | null> {
  const text = tokenOfProcess('doctor', given)
  if (text !== null) return { text, origin: 'given' }
  if (settings.auth === 'guest' || settings.jwtSecret === '') return null
  const { printedToken } = await import('./token-command.ts')
  return { text: (await printedToken({ name: 'Doctor', expires: '5m' }, settings)).trim(), origin: 'made' }
}
