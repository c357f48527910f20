import { randomBytes } from 'node:crypto'
import type { Bus } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { openBus } from '../bus/open-bus.ts'
import { type Finding, finding, type Said, said } from './finding.ts'

const HEARD_WITHIN_MS = 5_000
const ASK_AGAIN_MS = 200

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Whether two nodes hear each other through a broker. They have a history of their own, so no server hears them. `why`: what prevents it, for the operator. */
export async function checkBroker(
  url: string,
  shown: string,
  why: (error: unknown) => Said,
): Promise<Finding> {
  const secret = randomBytes(32)
  const epoch = `doctor-${randomBytes(9).toString('base64url')}`
  const opened: Bus[] = []
  try {
    for (const node of ['doctor-1', 'doctor-2'])
      opened.push(await openBus({ node, url, epoch, secret, logger: SILENT, metrics: { add() {} } }))
    const tookMs = await heardAfter(opened)
    if (tookMs !== null)
      return finding(
        'broker',
        'good',
        said(
          `Two nodes hear each other through ${shown} (${tookMs} ms).`,
          `兩個節點可以透過 ${shown} 互相聽見（${tookMs} 毫秒）。`,
        ),
      )
    return finding(
      'broker',
      'bad',
      said(
        `${shown} takes what a node says and brings it to nobody.`,
        `${shown} 收下節點所說的話，卻沒有送給任何人。`,
      ),
      said(
        'See that its user may publish and subscribe, and that all nodes name the same server.',
        '請確認其使用者可以發布與訂閱，且所有節點指定的是同一台伺服器。',
      ),
    )
  } catch (error) {
    return finding(
      'broker',
      'bad',
      why(error),
      said('Start the broker, or name another one with bus.', '請啟動訊息代理，或以 bus 指定其他代理。'),
    )
  } finally {
    await Promise.all(opened.map((bus) => bus.close()))
  }
}

/** Milliseconds until the second one heard the first; `null` when it did not. */
function heardAfter([first, second]: readonly Bus[]): Promise<number | null> {
  const began = performance.now()
  return new Promise((resolve) => {
    const ask = (): void => first?.publish({ presence: [{ kind: 'changes', run: 1, from: 1, changes: [] }] })
    const again = setInterval(ask, ASK_AGAIN_MS)
    const done = (answer: number | null): void => {
      clearInterval(again)
      clearTimeout(late)
      resolve(answer)
    }
    const late = setTimeout(() => done(null), HEARD_WITHIN_MS)
    second?.subscribe(() => done(Math.round(performance.now() - began)))
    ask()
  })
}
