import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Icon, Mark } from '../views/icons.tsx'
import { LanguageButtons } from '../views/language-buttons.tsx'
import type { Admin } from './admin.ts'
import { Chart, type ChartProps } from './chart.tsx'
import { Moderation } from './moderation.tsx'
import { type Stats, total } from './stats.ts'

interface DashboardProps {
  readonly admin: Admin
}

/** How the server is, and what can be done about it. */
export function Dashboard({ admin }: DashboardProps): VNode {
  const t = admin.t.value
  const stats = admin.stats.value
  // Where is to be moderated; `null`: the whole server.
  const [room, setRoom] = useState<string | null>(null)
  const moderate = (chosen: string): void => {
    setRoom(chosen)
    document.getElementById('moderation')?.scrollIntoView()
  }
  return (
    <div class="admin">
      <Bar admin={admin} />
      <main aria-label={t.title}>
        {admin.isStale.value && (
          <p class="notice" role="alert">
            <Icon name="alert" size={18} />
            {t.stale}
          </p>
        )}
        {stats !== null && (
          <>
            <Health admin={admin} stats={stats} />
            {stats.metrics.length === 0 ? (
              <p class="notice">{t.metricsOff}</p>
            ) : (
              <Numbers admin={admin} stats={stats} />
            )}
            <div class="pair">
              <Rooms admin={admin} onModerate={moderate} />
              <Nodes admin={admin} stats={stats} />
            </div>
            <Moderation admin={admin} room={room} onRoom={setRoom} />
          </>
        )}
      </main>
    </div>
  )
}

function Bar({ admin }: DashboardProps): VNode {
  const t = admin.t.value
  const signOut = t.signOut(admin.signIn.bearer.value?.username ?? '')
  return (
    <header class="bar">
      <Mark size={40} />
      <h1>{t.title}</h1>
      <LanguageButtons lang={admin.lang.value} label={t.language} onLang={(lang) => admin.setLang(lang)} />
      <button type="button" class="action" aria-label={signOut} onClick={() => void admin.signOut()}>
        <Icon name="leave" />
        <span>{signOut}</span>
      </button>
    </header>
  )
}

function Health({ admin, stats }: DashboardProps & { readonly stats: Stats }): VNode {
  const t = admin.t.value
  const parts = [
    [t.store, total(stats, 'roomful_store_up') > 0],
    [t.bus, total(stats, 'roomful_bus_up') > 0],
  ] as const
  const wanted = total(stats, 'roomful_workers')
  const number = new Intl.NumberFormat(admin.tag.value)
  return (
    <p class="health">
      {stats.metrics.length > 0 &&
        parts.map(([name, isWell]) => (
          <span key={name}>
            <span class={isWell ? 'dot on' : 'dot'} aria-hidden="true" /> {name}: {isWell ? t.well : t.broken}
          </span>
        ))}
      {wanted > 0 && (
        <span>
          {t.workers(number.format(total(stats, 'roomful_workers_serving')), number.format(wanted))}
        </span>
      )}
      <span class="hint">
        {t.updated(
          new Intl.DateTimeFormat(admin.tag.value, { timeStyle: 'medium' }).format(Date.parse(stats.time)),
        )}
      </span>
    </p>
  )
}

function Numbers({ admin, stats }: DashboardProps & { readonly stats: Stats }): VNode {
  const t = admin.t.value
  const number = new Intl.NumberFormat(admin.tag.value, { maximumFractionDigits: 1 })
  const format = (value: number): string => number.format(value)
  const limit = total(stats, 'roomful_connections_limit')
  const charts: readonly Omit<ChartProps, 'admin'>[] = [
    {
      title: t.ofMost(t.connections, format(limit)),
      series: [
        { name: t.connections, read: (point) => point.connections },
        { name: t.people, read: (point) => point.people },
      ],
      format,
    },
    {
      title: t.perSecond(t.messages),
      series: [{ name: t.messages, read: (point) => point.messages }],
      format,
    },
    {
      title: t.perSecond(t.deliveries),
      series: [{ name: t.deliveries, read: (point) => point.deliveries }],
      format,
    },
    {
      title: t.lag,
      series: [
        { name: t.p99, read: (point) => point.p99 },
        { name: t.p50, read: (point) => point.p50 },
      ],
      format: (value) => t.ms(format(value)),
    },
    {
      title: t.slow,
      series: [
        { name: t.slowFull, read: (point) => point.slow },
        { name: t.slowBehind, read: (point) => point.behind },
      ],
      format,
    },
  ]
  return (
    <div class="charts">
      {charts.map((chart) => (
        <Chart key={chart.title} admin={admin} {...chart} />
      ))}
    </div>
  )
}

function Rooms({
  admin,
  onModerate,
}: DashboardProps & { readonly onModerate: (room: string) => void }): VNode {
  const t = admin.t.value
  return (
    <section aria-labelledby="rooms">
      <h2 id="rooms">{t.rooms}</h2>
      {admin.rooms.value.length === 0 ? (
        <p class="hint">{t.noRooms}</p>
      ) : (
        <RoomTable admin={admin} onModerate={onModerate} />
      )}
    </section>
  )
}

function RoomTable({
  admin,
  onModerate,
}: DashboardProps & { readonly onModerate: (room: string) => void }): VNode {
  const t = admin.t.value
  const number = new Intl.NumberFormat(admin.tag.value, { maximumFractionDigits: 1 })
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t.room}</th>
          <th scope="col">{t.people}</th>
          <th scope="col">{t.perSecond(t.messages)}</th>
          <th scope="col">{t.said}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {admin.rooms.value.map(({ room, people, rate, messages }) => (
          <tr key={room}>
            <th scope="row" dir="auto">
              {room}
            </th>
            <td data-label={t.people}>{number.format(people)}</td>
            <td data-label={t.perSecond(t.messages)}>{rate === null ? t.nothing : number.format(rate)}</td>
            <td data-label={t.said}>{number.format(messages)}</td>
            <td>
              <button
                type="button"
                class="link"
                aria-label={`${t.moderate}: ${room}`}
                onClick={() => onModerate(room)}
              >
                {t.moderate}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Nodes({ admin, stats }: DashboardProps & { readonly stats: Stats }): VNode {
  const t = admin.t.value
  const number = new Intl.NumberFormat(admin.tag.value)
  return (
    <section aria-labelledby="nodes">
      <h2 id="nodes">{t.nodes}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.node}</th>
            <th scope="col">{t.people}</th>
            <th scope="col">{t.state}</th>
          </tr>
        </thead>
        <tbody>
          {stats.nodes.map(({ node, people, answers, complete }) => (
            <tr key={node}>
              <th scope="row">
                {node ?? t.onlyNode} {answers && node !== null && <span class="tag">{t.thisNode}</span>}
              </th>
              <td data-label={t.people}>{number.format(people)}</td>
              <td>{complete ? t.complete : t.incomplete}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
