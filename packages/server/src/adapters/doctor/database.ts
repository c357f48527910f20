import { Connection } from '../postgres/connection.ts'
import { clockFinding } from './clock.ts'
import { type Finding, finding, said } from './finding.ts'

const WITHIN_MS = 10_000

/** Connections that a node of this program holds at most. */
const CONNECTIONS_OF_A_NODE = 7

interface Told {
  readonly encoding: string
  readonly read_only: string
  readonly most: number
  readonly used: number
  readonly now_ms: number
}

const QUESTION = `SELECT current_setting('server_encoding') AS encoding, current_setting('transaction_read_only') AS read_only,
  current_setting('max_connections')::int AS most, (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`

/** Whether messages can be kept in a PostgreSQL database, and whether its clock and ours agree. Changes nothing. `shown`: its address without password. */
export async function checkDatabase(url: string, shown: string): Promise<Finding[]> {
  const connection = new Connection(url)
  try {
    const began = Date.now()
    const told = await connection.within(WITHIN_MS, async (client) => {
      await client.connect()
      return { ...(await client.query<Told>(QUESTION)).rows[0], askedAt: Date.now() }
    })
    const { now_ms: now = 0, askedAt } = told
    const offMs = now - (Math.max(began, askedAt - 50) + askedAt) / 2
    return [storeFinding(shown, told), clockFinding(offMs, said('the database', '資料庫'))]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [
      finding(
        'store',
        'bad',
        said(`${shown} cannot be used: ${reason}.`, `無法使用 ${shown}：${reason}。`),
        said(
          'See that PostgreSQL runs and listens there, that pg_hba.conf lets this user in, and that user, password and database in data are right.',
          '請確認 PostgreSQL 正在該處執行並接受連線、pg_hba.conf 允許這個使用者，且 data 中的使用者、密碼與資料庫名稱正確。',
        ),
      ),
    ]
  } finally {
    await connection.end()
  }
}

function storeFinding(shown: string, { encoding, read_only, most = 0, used = 0 }: Partial<Told>): Finding {
  if (encoding !== 'UTF8')
    return finding(
      'store',
      'bad',
      said(`${shown} has the encoding ${encoding}.`, `${shown} 的編碼是 ${encoding}。`),
      said(
        'Create a database with ENCODING UTF8 TEMPLATE template0.',
        '請以 ENCODING UTF8 TEMPLATE template0 建立資料庫。',
      ),
    )
  if (read_only === 'on')
    return finding(
      'store',
      'bad',
      said(`${shown} takes no writes (a standby?).`, `${shown} 不接受寫入（是備援伺服器嗎？）。`),
      said('Name the primary server in data.', '請在 data 中指定主要伺服器。'),
    )
  const left = most - used
  const what = said(
    `${shown} takes writes; ${left} of ${most} connections are free, each node needs ${CONNECTIONS_OF_A_NODE}.`,
    `${shown} 可以寫入；${most} 條連線中有 ${left} 條可用，每個節點需要 ${CONNECTIONS_OF_A_NODE} 條。`,
  )
  if (left > CONNECTIONS_OF_A_NODE * 2) return finding('store', 'good', what)
  return finding(
    'store',
    'warning',
    what,
    said('Raise max_connections of PostgreSQL.', '請提高 PostgreSQL 的 max_connections。'),
  )
}
