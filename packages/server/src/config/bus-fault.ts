import type { Lang } from '@roomful/protocol'
import { shownBus } from './bus.ts'

/** Server behind each scheme of the setting `bus`. */
const SERVERS: Readonly<Record<string, string>> = {
  amqp: 'RabbitMQ',
  amqps: 'RabbitMQ',
  nats: 'NATS',
  redis: 'Redis',
  rediss: 'Redis',
  valkey: 'Valkey',
  valkeys: 'Valkey',
}

const OVER_TLS: ReadonlySet<string> = new Set(['amqps', 'rediss', 'valkeys'])

interface Texts {
  fault(bus: string, reason: string): string
  noTls(scheme: string): string
  untrusted(said: string): string
  noAnswer(reason: string, server: string, hasTls: boolean): string
  noPassword(scheme: string): string
  otherServer(server: string, reason: string): string
  readonly noNumber: string
  noRight(reason: string): string
}

/** What the broker or its library said stays in its own words. */
const TEXTS: Readonly<Record<Lang, Texts>> = {
  en: {
    fault: (bus, reason) => `bus: ${bus} cannot be used: ${reason}.`,
    noTls: (scheme) =>
      `what listens there does not speak TLS: name its port for TLS, or begin the address with ${scheme}://`,
    untrusted: (said) =>
      `its certificate is of nobody whom this machine trusts (${said}): name the file with the certificate of its authority in the environment variable NODE_EXTRA_CA_CERTS`,
    noAnswer: (reason, server, hasTls) =>
      `${reason}: see that ${server} listens there${hasTls ? ', with TLS' : ''}`,
    noPassword: (scheme) =>
      `it wants a password: name it in the address, as in ${scheme}://:password@host:port or ${scheme}://user:password@host:port`,
    otherServer: (server, reason) =>
      `what listens there is no ${server}, or ends the connection at once (${reason}): name the port of ${server}`,
    noNumber:
      'what stands behind the / of the address is no number of a database: write one such as /0, or leave it out',
    noRight: (reason) =>
      `its user may not do what is needed (${reason}): let it publish and subscribe to every name that begins with roomful`,
  },
  'zh-Hant': {
    fault: (bus, reason) => `bus：無法使用 ${bus}：${reason}。`,
    noTls: (scheme) => `那裡的程式不使用 TLS：請指定它的 TLS 連接埠，或讓位址以 ${scheme}:// 開頭`,
    untrusted: (said) =>
      `這台機器不信任它的憑證（${said}）：請以環境變數 NODE_EXTRA_CA_CERTS 指定其憑證機構的憑證檔`,
    noAnswer: (reason, server, hasTls) =>
      `${reason}：請確認 ${server} 在那裡接受${hasTls ? ' TLS ' : ''}連線`,
    noPassword: (scheme) =>
      `它需要密碼：請寫在位址中，例如 ${scheme}://:password@host:port 或 ${scheme}://user:password@host:port`,
    otherServer: (server, reason) =>
      `那裡的程式不是 ${server}，或是立即中斷連線（${reason}）：請指定 ${server} 的連接埠`,
    noNumber: '位址中 / 之後的內容不是資料庫編號：請寫成 /0 之類的編號，或省略',
    noRight: (reason) => `它的使用者沒有所需的權限（${reason}）：請允許它發布與訂閱所有以 roomful 開頭的名稱`,
  },
}

/** Why the bus cannot be used, as one sentence that says what to do. Default language: English. */
export function busFault(error: unknown, bus: string, lang: Lang = 'en'): string {
  return TEXTS[lang].fault(shownBus(bus), reasonOf(error, bus, TEXTS[lang]))
}

function reasonOf(error: unknown, bus: string, texts: Texts): string {
  // One for several addresses of one host has no text of its own.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0], bus, texts)
  const said = (error instanceof Error ? error.message : String(error)).split('\n', 1).join('')
  const [scheme = ''] = bus.split(':', 1)
  if (/SSL routines|wrong version number/i.test(said)) return texts.noTls(scheme.replace(/s$/, ''))
  if (/self[- ]signed certificate|unable to (?:verify|get)[^:]* certificate/i.test(said))
    return texts.untrusted(said)
  const reason = said.replace(/\.$/, '')
  const server = SERVERS[scheme]
  if (/^no answer|timed? ?out/i.test(reason) && server !== undefined)
    return texts.noAnswer(reason, server, OVER_TLS.has(scheme))
  return adviceOf(reason, scheme, texts) ?? reason
}

/** What a broker, or its library, says in words that help nobody who has not read its manual. */
function adviceOf(reason: string, scheme: string, texts: Texts): string | undefined {
  if (reason.startsWith('NOAUTH')) return texts.noPassword(scheme)
  if (/^Unknown RESP type|^Socket closed unexpectedly/.test(reason))
    return texts.otherServer(SERVERS[scheme] ?? scheme, reason)
  if (reason === 'Invalid pathname') return texts.noNumber
  if (/^NOPERM|^Permissions Violation|ACCESS_REFUSED - access to/i.test(reason)) return texts.noRight(reason)
  return undefined
}
