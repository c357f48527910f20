import { type Finding, finding, type Said, said } from './finding.ts'

/** Milliseconds by which a clock may be off before it is told, and before tokens and retention suffer. An HTTP date has whole seconds. */
const TOLD_MS = 2_000
const BAD_MS = 30_000

/** `offMs`: by how much the other clock is ahead. */
export function clockFinding(offMs: number, other: Said): Finding {
  const off = Math.abs(offMs)
  const seconds = (off / 1_000).toFixed(1)
  const [way, wayZh] = offMs < 0 ? ['ahead of', '快'] : ['behind', '慢']
  const what =
    off < TOLD_MS
      ? said(`This clock and that of ${other.en} agree.`, `這裡的時鐘與${other['zh-Hant']}的一致。`)
      : said(
          `This clock is ${seconds} s ${way} that of ${other.en}.`,
          `這裡的時鐘比${other['zh-Hant']}${wayZh} ${seconds} 秒。`,
        )
  if (off < TOLD_MS) return finding('clock', 'good', what)
  return finding(
    'clock',
    off < BAD_MS ? 'warning' : 'bad',
    what,
    said(
      'Let both follow a time server (chrony, systemd-timesyncd): tokens, time stamps and retention go by the clock.',
      '請讓兩者都與時間伺服器同步（chrony、systemd-timesyncd）：權杖、時間標記與保留期限都依時鐘判斷。',
    ),
  )
}

/** Whether a host, as `URL` writes it, is this machine itself. */
export function isOfThisMachine(host: string): boolean {
  return /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(host)
}

/** Against the date that a server at another address says. */
export async function checkHttpClock(url: string): Promise<Finding> {
  const { hostname } = new URL(url)
  try {
    if (isOfThisMachine(hostname)) return nothingToCompare()
    const began = Date.now()
    const response = await fetch(new URL('/livez', url), { signal: AbortSignal.timeout(5_000) })
    const date = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(date)) return nothingToCompare()
    // The second is cut off.
    return clockFinding(date + 500 - (began + Date.now()) / 2, said(hostname, hostname))
  } catch {
    return nothingToCompare()
  }
}

function nothingToCompare(): Finding {
  return finding(
    'clock',
    'unknown',
    said('There is no other clock to hold this one against.', '沒有其他時鐘可以比對。'),
    said(
      'Ask chronyc tracking, or name an address on another machine with --url.',
      '請執行 chronyc tracking，或以 --url 指定另一台機器上的網址。',
    ),
  )
}
