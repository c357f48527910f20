import type { Lang } from '@roomful/protocol'
import { type Said, said } from '../doctor/finding.ts'
import type { Load, Spread } from './load.ts'

/** Above these the generator may have been what was measured: percent of its time, and milliseconds. */
const BUSY_PERCENT = 85
const LATE_MS = 20

export interface BenchFigures extends Load {
  /** `null`: a server of its own. */
  readonly url: string | null
  readonly clients: number
}

/** What shaped the figures; nothing at all when they are the server's own. */
export interface Shaped {
  readonly byGenerator: boolean
  readonly byRateLimit: boolean
}

export function shapedBy({ generator, rateLimited }: Load): Shaped {
  return {
    byGenerator: generator.busy > BUSY_PERCENT || generator.lateP99 > LATE_MS,
    byRateLimit: rateLimited > 0,
  }
}

/** One JSON object on a line. */
export function benchJson(figures: BenchFigures): string {
  const { acknowledged, delivered, seconds } = figures
  const perSecond = { acknowledged: acknowledged / seconds, delivered: delivered / seconds }
  return `${JSON.stringify({ type: 'bench', ...figures, perSecond, shaped: shapedBy(figures) })}\n`
}

/** For people. */
export function benchText(figures: BenchFigures, lang: Lang): string {
  return [...lines(figures), ...remarks(figures)].map((line) => `${line[lang]}\n`).join('')
}

function lines(figures: BenchFigures): Said[] {
  const { acknowledged, delivered, seconds, toAck, toDelivery, serverProcessor, generator } = figures
  const a = rate(acknowledged, seconds)
  const d = rate(delivered, seconds)
  return [
    said(`Messages acknowledged: ${a} a second`, `已確認的訊息：每秒 ${a} 則`),
    said(`Deliveries: ${d} a second`, `送達：每秒 ${d} 次`),
    said(`Send to delivery: ${spread(toDelivery)}`, `從送出到送達：${spread(toDelivery)}`),
    said(`Send to acknowledgement: ${spread(toAck)}`, `從送出到確認：${spread(toAck)}`),
    ...(serverProcessor === null
      ? []
      : [
          said(
            `Processor time of the server: ${serverProcessor.toFixed(0)} % of one`,
            `伺服器的處理器時間：一個核心的 ${serverProcessor.toFixed(0)} %`,
          ),
        ]),
    said(
      `This program: busy ${generator.busy.toFixed(0)} % of the time, late by ${ms(generator.lateP99)} (p99)`,
      `本程式：${generator.busy.toFixed(0)} % 的時間忙碌，延遲 ${ms(generator.lateP99)}（p99）`,
    ),
  ]
}

function remarks(figures: BenchFigures): Said[] {
  const { rateLimited, refused, unanswered, lost } = figures
  const shaped = shapedBy(figures)
  const codes = Object.entries(refused).map(([code, count]) => `${code} ${count}`)
  return [
    ...(shaped.byGenerator
      ? [
          said(
            'This program was the limit: the server may do more, and the times hold its own waiting too. Measure with fewer --clients, or while this machine does nothing else.',
            '本程式才是瓶頸：伺服器可能做得更多，而時間也包含本程式自己的等待。請減少 --clients，或在這台機器沒有其他工作時再測。',
          ),
        ]
      : []),
    ...(shaped.byRateLimit
      ? [
          said(
            `Rate limits shaped this: ${rateLimited} messages were refused, and said again when the server allowed it.`,
            `速率限制影響了結果：${rateLimited} 則訊息遭到拒絕，並在伺服器允許後重送。`,
          ),
        ]
      : []),
    ...(codes.length > 0
      ? [said(`Refused otherwise: ${codes.join(', ')}.`, `因其他原因遭到拒絕：${codes.join('、')}。`)]
      : []),
    ...(unanswered + lost > 0
      ? [
          said(
            `${lost} connections were lost, ${unanswered} messages had no answer 2 s after the end.`,
            `失去 ${lost} 條連線；結束 2 秒後仍有 ${unanswered} 則訊息沒有回應。`,
          ),
        ]
      : []),
    said(
      'This is no comparison with anything: it says what this machine did just now, while the clients ran on the machine that prints it.',
      '這不是與任何東西的比較：它只說明這台機器剛才的表現，而用戶端就在印出結果的機器上執行。',
    ),
  ]
}

const rate = (count: number, seconds: number): string => (count / seconds).toFixed(1)
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`

function spread(of: Spread | null): string {
  return of === null ? '-' : `p50 ${ms(of.p50)}, p99 ${ms(of.p99)}, max ${ms(of.max)}`
}
