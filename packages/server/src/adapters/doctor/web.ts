/** What is between people and the server, looked at from outside, as a browser would meet it. */
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import { isOfThisMachine } from './clock.ts'
import { type Finding, finding, type Said, said } from './finding.ts'
import { checkLogin, type Token } from './login.ts'

const SHAKE_WITHIN_MS = 10_000

/** Most of an answer that is read, in characters. */
const MAX_ANSWER = 4_096

/** No page has this origin (RFC 2606). */
const FOREIGN_ORIGIN = 'https://doctor.invalid'

/** Seconds beyond the interval of pings in which one must have come. */
const PING_GRACE_S = 3

export interface WebOptions {
  /** `http` or `https` address of the server as people reach it. */
  readonly url: string
  /** Whether somebody named it: then it must answer. */
  readonly isNamed: boolean
  /** Seconds between two pings of the server. */
  readonly heartbeatInterval: number
  /** `null`: nobody needs one, or there is none. */
  readonly token: Token | null
}

type Shake =
  | { readonly kind: 'open'; readonly socket: WebSocket }
  | { readonly kind: 'answered'; readonly status: number; readonly code: string }
  | { readonly kind: 'failed'; readonly reason: string }

export async function checkWeb(options: WebOptions): Promise<Finding[]> {
  const login = await checkLogin(options.url, options.token)
  const own = await shake(options, new URL(options.url).origin)
  const isOriginRefused = own.kind === 'answered' && own.code === 'origin_refused'
  const opened = isOriginRefused ? await shake(options, null) : own
  if (opened.kind !== 'open') return [notOpened(options, opened)]
  // From here on: the server may close it while the others are looked at.
  const kept = login.isLetIn ? keptFinding(opened.socket, options) : null
  if (kept === null) opened.socket.terminate()
  const upgrade = finding(
    'upgrade',
    'good',
    said(`${options.url} lets an upgrade to a WebSocket through.`, `${options.url} 會放行 WebSocket 升級。`),
  )
  const origin = isOriginRefused
    ? ownOriginRefused(options)
    : foreignFinding(await shake(options, FOREIGN_ORIGIN))
  const found = [upgrade, login.found, origin, ...(await proxyFindings(options.url)), await kept]
  return found.filter((each) => each !== null)
}

/** Through a proxy that says for whom it asks, nobody reads the metrics (OP1): whoever does at a public address comes as the server's own machine. */
export async function proxyFindings(url: string): Promise<Finding[]> {
  if (isOfThisMachine(new URL(url).hostname)) return []
  const isOpen = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(SHAKE_WITHIN_MS) })
    .then(async (response) => {
      await response.body?.cancel()
      return response.ok
    })
    .catch(() => false)
  if (!isOpen) return []
  const what = said(
    `${new URL('/metrics', url).href} can be read from outside: the setting metrics is all, or a proxy does not say for whom it asks.`,
    `外界可以讀取 ${new URL('/metrics', url).href}：設定 metrics 為 all，或代理沒有說明是替誰詢問。`,
  )
  const fix = said(
    'Set metrics to loopback, have the proxy send X-Forwarded-For, -Host and -Proto, and name it in trusted-proxies: limits per address need it too.',
    '請將 metrics 設為 loopback，讓代理送出 X-Forwarded-For、-Host 與 -Proto，並在 trusted-proxies 中列出代理：位址上限也需要它。',
  )
  return [finding('proxy', 'warning', what, fix)]
}

function shake({ url, token }: WebOptions, origin: string | null): Promise<Shake> {
  const address = new URL('/ws', url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const options: ClientOptions = {
    handshakeTimeout: SHAKE_WITHIN_MS,
    perMessageDeflate: false,
    ...(origin !== null && { origin }),
    ...(token !== null && { headers: { authorization: `Bearer ${token.text}` } }),
  }
  return new Promise((resolve) => {
    const socket = new WebSocket(address, options)
    socket.on('open', () => resolve({ kind: 'open', socket }))
    socket.on('error', ({ message }) => resolve({ kind: 'failed', reason: message }))
    socket.on('unexpected-response', (_request, response) => {
      void codeOf(response).then((code) => {
        resolve({ kind: 'answered', status: response.statusCode ?? 0, code })
        socket.terminate()
      })
    })
  })
}

/** The error code of one of our answers; `''` for one of somebody else. */
async function codeOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response.setEncoding('utf8')) {
    text += String(piece)
    if (text.length > MAX_ANSWER) break
  }
  return /"code":"([a-z_]+)"/.exec(text)?.[1] ?? ''
}

const NGINX =
  'nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'

/** What OpenSSL and Node.js say of a certificate. */
const CERTIFICATE = /certificate|altnames|\bCERT_/i

function notOpened({ url, isNamed }: WebOptions, shaken: Exclude<Shake, { kind: 'open' }>): Finding {
  if (shaken.kind === 'failed' && CERTIFICATE.test(shaken.reason))
    return finding(
      'upgrade',
      'bad',
      said(
        `The certificate of ${url} is not trusted: ${shaken.reason}.`,
        `${url} 的憑證不受信任：${shaken.reason}。`,
      ),
      said(
        'Give the proxy the certificate of that name with its whole chain; for an authority of your own name its file in NODE_EXTRA_CA_CERTS.',
        '請讓代理使用該名稱的憑證與完整憑證鏈；若是自己的憑證機構，請在 NODE_EXTRA_CA_CERTS 指定其檔案。',
      ),
    )
  if (shaken.kind === 'failed')
    return finding(
      'upgrade',
      isNamed ? 'bad' : 'unknown',
      said(`No server answers at ${url}: ${shaken.reason}.`, `${url} 沒有伺服器回應：${shaken.reason}。`),
      said(
        'Start it, or name the address that people use with --url.',
        '請啟動伺服器，或以 --url 指定大家使用的網址。',
      ),
    )
  const { status, code } = shaken
  const what = said(
    `${url} answers an upgrade to a WebSocket with ${status}${code === '' ? '' : ` (${code})`} instead of 101.`,
    `${url} 以 ${status}${code === '' ? '' : `（${code}）`} 回應 WebSocket 升級，而不是 101。`,
  )
  return finding('upgrade', 'bad', what, fixOf(status, code))
}

function fixOf(status: number, code: string): Said {
  if (status >= 300 && status < 400)
    return said(
      'Name the address to which it leads with --url: a WebSocket follows no redirect.',
      '請以 --url 指定它所導向的網址：WebSocket 不會跟隨轉址。',
    )
  if (status === 502 || status === 504)
    return said(
      'The proxy does not reach the server: see that it runs, and that host and port in the proxy are right.',
      '代理無法連到伺服器：請確認伺服器正在執行，且代理中的主機與連接埠正確。',
    )
  if (code === 'unavailable')
    return said(
      'The server takes nobody now: /readyz says why.',
      '伺服器目前不接受任何人：/readyz 會說明原因。',
    )
  return said(
    `The proxy does not hand on the upgrade. ${NGINX} Ready-made ones are in deploy/.`,
    `代理沒有轉送升級。${NGINX} 現成的設定在 deploy/。`,
  )
}

function ownOriginRefused({ url }: WebOptions): Finding {
  const { origin } = new URL(url)
  return finding(
    'origin',
    'bad',
    said(`Pages of ${origin} itself are refused.`, `${origin} 自己的網頁遭到拒絕。`),
    said(
      `Have the proxy hand on Host, or X-Forwarded-Host and -Proto and name it in trusted-proxies; or set origins to ${origin}.`,
      `請讓代理轉送 Host，或轉送 X-Forwarded-Host 與 -Proto 並在 trusted-proxies 中列出代理；也可將 origins 設為 ${origin}。`,
    ),
  )
}

function foreignFinding(shaken: Shake): Finding {
  if (shaken.kind !== 'open')
    return finding(
      'origin',
      'good',
      said(
        'Pages of its own are let in, foreign ones are refused.',
        '自己的網頁可以連線，外來的網頁遭到拒絕。',
      ),
    )
  shaken.socket.terminate()
  return finding(
    'origin',
    'warning',
    said('Pages of every origin are let in.', '任何來源的網頁都可以連線。'),
    said(
      'Name the origins that may connect in origins, unless everybody shall.',
      '除非要讓所有人連線，請在 origins 中列出可以連線的來源。',
    ),
  )
}

/** Says nothing until the server's own ping comes: only that keeps a quiet connection alive. */
async function keptFinding(socket: WebSocket, { heartbeatInterval }: WebOptions): Promise<Finding> {
  const began = performance.now()
  const seen = await new Promise<number | 'ping' | 'nothing'>((resolve) => {
    const late = setTimeout(() => resolve('nothing'), (heartbeatInterval * 2 + PING_GRACE_S) * 1_000)
    socket.once('ping', () => resolve('ping'))
    socket.once('close', resolve)
    socket.once('ping', () => clearTimeout(late))
    socket.once('close', () => clearTimeout(late))
  })
  socket.terminate()
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  if (seen === 'ping')
    return finding(
      'idle',
      'good',
      said(
        `A quiet connection is kept until the server's ping, which came after ${seconds} s.`,
        `沒有動靜的連線會保持到伺服器的 ping；它在 ${seconds} 秒後到達。`,
      ),
    )
  // A server that closes says why: only a proxy cuts off without a word.
  if (seen !== 'nothing' && seen !== 1006 && seen !== 1005)
    return finding(
      'idle',
      'unknown',
      said(`The server closed the connection (${seen}).`, `伺服器關閉了連線（${seen}）。`),
      said(
        'PROTOCOL.md, chapter 7, has what the number means; the metric roomful_closes_total counts it.',
        'PROTOCOL.md 第 7 章說明這個數字的意義；指標 roomful_closes_total 會計數。',
      ),
    )
  const what =
    seen === 'nothing'
      ? said(`No ping of the server came within ${seconds} s.`, `${seconds} 秒內沒有收到伺服器的 ping。`)
      : said(
          `A quiet connection is cut off after ${seconds} s; the server's ping comes every ${heartbeatInterval} s.`,
          `沒有動靜的連線在 ${seconds} 秒後被切斷；伺服器的 ping 每 ${heartbeatInterval} 秒一次。`,
        )
  const wanted = Math.ceil(heartbeatInterval * 3)
  return finding(
    'idle',
    'bad',
    what,
    said(
      `Raise the idle time-outs of all proxies to ${wanted} s or more (nginx: proxy_read_timeout ${wanted}s; proxy_send_timeout ${wanted}s;), or lower heartbeat-interval.`,
      `請將所有代理的閒置逾時提高到 ${wanted} 秒以上（nginx：proxy_read_timeout ${wanted}s; proxy_send_timeout ${wanted}s;），或降低 heartbeat-interval。`,
    ),
  )
}
