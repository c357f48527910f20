import { readFileSync } from 'node:fs'
import { type Finding, finding, said } from './finding.ts'

/** Descriptors that a process needs beside those of its connections. */
const OTHERS = 100

/** Whether a process may open as many files as it is to have connections. `url`: of the server, which tells its own limit to this machine. */
export async function checkDescriptors(url: string, needed: number): Promise<Finding> {
  const ofServer = await limitOfServer(url)
  const limit = ofServer ?? limitOfThis()
  if (limit === null)
    return finding(
      'descriptors',
      'unknown',
      said(
        'This system does not say how many files a process may open.',
        '這個系統沒有說明一個行程可以開啟多少檔案。',
      ),
    )
  const [who, whoZh] =
    ofServer === null
      ? ['a process started here', '從這裡啟動的行程']
      : ['the running server', '執行中的伺服器']
  const wanted = needed + OTHERS
  const numbers = said(
    `${who} may open ${limit} files; max-connections needs ${wanted} in each process.`,
    `${whoZh}可以開啟 ${limit} 個檔案；依 max-connections，每個行程需要 ${wanted} 個。`,
  )
  if (limit >= wanted) return finding('descriptors', 'good', numbers)
  return finding(
    'descriptors',
    'bad',
    numbers,
    said(
      `Raise the limit (systemd: LimitNOFILE=${wanted * 2}; Docker: --ulimit nofile=${wanted * 2}; shell: ulimit -n), or lower max-connections.`,
      `提高上限（systemd：LimitNOFILE=${wanted * 2}；Docker：--ulimit nofile=${wanted * 2}；shell：ulimit -n），或降低 max-connections。`,
    ),
  )
}

async function limitOfServer(url: string): Promise<number | null> {
  try {
    const response = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(3_000) })
    const limit = /^process_max_fds (\d+)$/m.exec(await response.text())?.[1]
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}

/** What Node.js has raised it to. */
function limitOfThis(): number | null {
  try {
    const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    if (limit === 'unlimited') return Number.MAX_SAFE_INTEGER
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}
