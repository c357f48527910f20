import { isIPv6 } from 'node:net'
import type { Lang } from '@roomful/protocol'
import { isBroker, shownBus } from './bus.ts'
import { IN_MEMORY, isDatabase, shownData } from './load.ts'
import type { Settings } from './settings.ts'

/** What is known once the server listens. */
export interface Running {
  readonly settings: Pick<Settings, 'host' | 'data' | 'bus' | 'lang'>
  /** Whether somebody named a reverse proxy: nobody is to go round it. */
  readonly hasProxy: boolean
  /** Processes that serve. */
  readonly workers: number
  readonly version: string
  readonly port: number
  /** Addresses under which others in the network reach this machine. */
  readonly networkAddresses: readonly string[]
  /** Such as `v24.1.0`. */
  readonly nodeVersion: string
}

/** First version of Node.js that is still maintained. */
const OLDEST_MAINTAINED_NODE = 22

/** Addresses that mean all interfaces of the machine. */
const ALL_INTERFACES: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const LOOPBACK = /^(?:localhost|127\.[0-9.]+|::1)$/

interface Texts {
  running(version: string): string
  chat: string
  docs: string
  network: string
  data: string
  database: string
  workers: string
  bus: string
  nothingKept: string
  language: string
  otherLanguage: string
  share: string
  stop: string
  oldNode(version: string): string
}

const TEXTS: Readonly<Record<Lang, Texts>> = {
  en: {
    running: (version) => `Roomful ${version} is running.`,
    chat: 'Chat',
    docs: 'API documentation',
    network: 'For others in the network',
    data: 'Data folder',
    database: 'Database',
    workers: 'Workers',
    bus: 'Bus',
    nothingKept: 'none, nothing is kept (:memory:)',
    language: 'Language',
    otherLanguage: 'English (--lang zh-Hant 使用繁體中文)',
    share: 'Only this machine can connect. To share on the network: --host 0.0.0.0',
    stop: 'Stop with Ctrl+C.',
    oldNode: (version) => `Node.js ${version} is no longer maintained: use Node.js 22 or newer, best 24.`,
  },
  'zh-Hant': {
    running: (version) => `Roomful ${version} 已啟動。`,
    chat: '聊天室',
    docs: 'API 文件',
    network: '同一網路的其他人',
    data: '資料夾',
    database: '資料庫',
    workers: '工作行程',
    bus: '節點匯流排',
    nothingKept: '無，不保留任何資料（:memory:）',
    language: '語言',
    otherLanguage: '繁體中文（--lang en for English）',
    share: '目前只有這台電腦可以連線。要分享到區域網路：--host 0.0.0.0',
    stop: '按 Ctrl+C 停止。',
    oldNode: (version) => `Node.js ${version} 已停止維護：請使用 Node.js 22 以上，建議 24。`,
  },
}

/** What a person reads when the server has started. */
export function banner(running: Running): string {
  const { settings, hasProxy, workers, version, port, networkAddresses, nodeVersion } = running
  const texts = TEXTS[settings.lang]
  const isShared = ALL_INTERFACES.has(settings.host)
  const isLocal = LOOPBACK.test(settings.host)
  const here = isShared || isLocal ? 'localhost' : settings.host
  const others = isShared ? networkAddresses.map((address) => urlOf(address, port, '/chat')) : []
  const facts = [
    [texts.chat, urlOf(here, port, '/chat')],
    ...others.map((url) => [texts.network, url]),
    [texts.docs, urlOf(here, port, '/docs')],
    [
      isDatabase(settings.data) ? texts.database : texts.data,
      settings.data === IN_MEMORY ? texts.nothingKept : shownData(settings.data),
    ],
    ...(workers === 1 ? [] : [[texts.workers, String(workers)]]),
    ...(isBroker(settings.bus) ? [[texts.bus, shownBus(settings.bus)]] : []),
    [texts.language, texts.otherLanguage],
  ]
  const lines = [
    texts.running(version),
    '',
    ...facts.map(([name, value]) => `  ${name}: ${value}`),
    '',
    ...(isLocal && !hasProxy ? [`  ${texts.share}`] : []),
    ...(majorOf(nodeVersion) < OLDEST_MAINTAINED_NODE ? [`  ${texts.oldNode(nodeVersion)}`] : []),
    `  ${texts.stop}`,
  ]
  return `${lines.join('\n')}\n`
}

function urlOf(host: string, port: number, path: string): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}${path}`
}

function majorOf(version: string): number {
  return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0)
}
