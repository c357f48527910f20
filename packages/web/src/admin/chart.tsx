import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { type Admin, RANGE_MS } from './admin.ts'
import { linePath, niceMax } from './scale.ts'
import type { Point } from './stats.ts'

const WIDTH = 600
const HEIGHT = 150
/** Units left free above and below, so that a thick line is seen whole. */
const PAD = 4

/** Every so many points are a row of the table. */
const TABLE_STEP = 10

export interface Series {
  readonly name: string
  readonly read: (point: Point) => number | null
}

export interface ChartProps {
  readonly admin: Admin
  readonly title: string
  readonly series: readonly Series[]
  readonly format: (value: number) => string
}

/** Lines of the last minutes. Arrow keys and the pointer read single moments; the same numbers are there as a table. */
export function Chart({ admin, title, series, format }: ChartProps): VNode {
  const t = admin.t.value
  const points = admin.points.value
  const id = useId()
  // The moment that is read; `null` is the newest.
  const [read, setRead] = useState<number | null>(null)
  const last = points.length - 1
  const at = read === null ? last : Math.min(read, last)
  const point = points[at]
  const show = (value: number | null | undefined): string => (value == null ? t.nothing : format(value))
  const clock = new Intl.DateTimeFormat(admin.tag.value, { timeStyle: 'medium' })
  const when = point === undefined ? '' : at === last ? t.now : clock.format(point.at)
  const spoken = `${when}: ${series.map((each) => `${each.name} ${show(point && each.read(point))}`).join(', ')}`
  const move = (to: number): void => setRead(to >= last ? null : Math.max(0, to))
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        <ul class="legend">
          {series.map((each, i) => (
            <li key={each.name} class={`series-${i}`}>
              <span class="key" aria-hidden="true" />
              <span>{each.name}</span> <b>{show(point && each.read(point))}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title}, ${t.range}. ${t.steer}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={spoken}
        onKeyDown={(event) => {
          const to = destination(event.key, at, last)
          if (to === null) return
          event.preventDefault()
          move(to)
        }}
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect()
          move(nearest(points, (event.clientX - left) / width))
        }}
        onPointerLeave={() => setRead(null)}
      >
        <Drawing points={points} series={series} at={read === null ? null : at} format={format} />
        <Axis from={t.range} to={when} />
      </div>
      <details class="hint">
        <summary>{t.asTable}</summary>
        <Table points={points} series={series} show={show} caption={title} time={t.time} clock={clock} />
      </details>
    </figure>
  )
}

function Axis({ from, to }: { readonly from: string; readonly to: string }): VNode {
  return (
    <p class="axis" aria-hidden="true">
      <span>{from}</span>
      <span>{to}</span>
    </p>
  )
}

function destination(key: string, at: number, last: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - 1
    case 'ArrowRight':
    case 'ArrowUp':
      return at + 1
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

const end = (points: readonly Point[]): number => points.at(-1)?.at ?? 0

/** Share of the width at which a moment lies: the newest at the right edge. */
const shareOf = (point: Point, newest: number): number => 1 - (newest - point.at) / RANGE_MS

function nearest(points: readonly Point[], share: number): number {
  const newest = end(points)
  let best = points.length - 1
  points.forEach((point, i) => {
    const [there, here] = [points[best], point].map((each) =>
      each === undefined ? Infinity : Math.abs(shareOf(each, newest) - share),
    )
    if ((here ?? Infinity) < (there ?? Infinity)) best = i
  })
  return best
}

interface DrawingProps {
  readonly points: readonly Point[]
  readonly series: readonly Series[]
  readonly at: number | null
  readonly format: (value: number) => string
}

function Drawing({ points, series, at, format }: DrawingProps): VNode {
  const most = niceMax(Math.max(0, ...points.flatMap((point) => series.map(({ read }) => read(point) ?? 0))))
  const newest = end(points)
  const x = (i: number): number => (1 - (newest - (points[i]?.at ?? newest)) / RANGE_MS) * WIDTH
  const y = (value: number): number => HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD)
  return (
    <div class="drawing" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {[0, 0.5, 1].map((share) => (
          <line key={share} class="grid" x1="0" x2={WIDTH} y1={y(most * share)} y2={y(most * share)} />
        ))}
        {series.map(({ name, read }, i) => (
          <path key={name} class={`series-${i}`} d={linePath(points.map(read), x, y)} />
        ))}
        {at !== null && <line class="cursor" x1={x(at)} x2={x(at)} y1="0" y2={HEIGHT} />}
      </svg>
      <span class="top">{format(most)}</span>
      <span class="middle">{format(most / 2)}</span>
    </div>
  )
}

interface TableProps {
  readonly points: readonly Point[]
  readonly series: readonly Series[]
  readonly show: (value: number | null) => string
  readonly caption: string
  readonly time: string
  readonly clock: Intl.DateTimeFormat
}

function Table({ points, series, show, caption, time, clock }: TableProps): VNode {
  const rows = points.filter((_, i) => (points.length - 1 - i) % TABLE_STEP === 0).toReversed()
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{time}</th>
          {series.map(({ name }) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((point) => (
          <tr key={point.at}>
            <th scope="row">{clock.format(point.at)}</th>
            {series.map(({ name, read }) => (
              <td key={name}>{show(read(point))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
