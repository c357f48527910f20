/** The numbers of one node as an operator reads them. Made when somebody asks, from what is counted anyway. */
import { CLOSES, type CloseName } from '@roomful/protocol'
import type { Family, HistogramFamily, Labels, Merge, NumberFamily } from '../ports/metrics.ts'
import type { Context } from './context.ts'
import type { HeadWatch } from './head-watch.ts'
import type { Histogram } from './histogram.ts'
import { MAX_REVOCATIONS, RESERVED_REVOCATIONS } from './revocations.ts'
import type { Sweeper } from './sweeper.ts'

/** What is done for the logs from time to time. */
export interface LogCare {
  /** `null` where there are no other nodes. */
  readonly headWatch: HeadWatch | null
  readonly sweeper: Sweeper
}

const NONE: Labels = {}

export function familiesOf(context: Context, care: LogCare): readonly Family[] {
  return [
    ...connectionFamilies(context),
    ...endFamilies(context),
    ...messageFamilies(context),
    ...storeFamilies(context, care),
    ...logFamilies(context, care),
    ...clusterFamilies(context),
    ...canaryFamilies(context),
    ...trustFamilies(context),
  ]
}

function counter(name: string, help: string, ...samples: readonly (readonly [number, Labels?])[]): Family {
  return numbers('counter', name, help, 'sum', samples)
}

function gauge(
  name: string,
  help: string,
  merge: Merge,
  ...samples: readonly (readonly [number, Labels?])[]
): Family {
  return numbers('gauge', name, help, merge, samples)
}

function numbers(
  type: NumberFamily['type'],
  name: string,
  help: string,
  merge: Merge,
  samples: readonly (readonly [number, Labels?])[],
): Family {
  return { type, name, help, merge, samples: samples.map(([value, labels = NONE]) => ({ value, labels })) }
}

function histogram(name: string, help: string, { bounds, counts, sum }: Histogram): HistogramFamily {
  return { type: 'histogram', name, help, bounds, counts: [...counts], sum }
}

function perWord(words: Readonly<Record<string, number>>, label: string): [number, Labels][] {
  return Object.entries(words).map(([word, value]) => [value, { [label]: word }])
}

function connectionFamilies({ connections, options, counts, drain }: Context): readonly Family[] {
  const byKind = { 'echo classic': 0, 'chat classic': 0, 'chat v1': 0, 'events v1': 0 }
  const people = new Set<unknown>()
  let full = 0
  for (const { endpoint, audience, full: isFull, state } of connections) {
    byKind[`${endpoint} ${audience.dialect}` as keyof typeof byKind]++
    if (isFull) full++
    if (state.phase === 'open') people.add(state.person)
  }
  const kinds = Object.entries(byKind).map(([kind, count]): [number, Labels] => {
    const [endpoint = '', dialect = ''] = kind.split(' ')
    return [count, { endpoint, dialect }]
  })
  return [
    gauge('roomful_connections', 'Live connections by endpoint and dialect.', 'sum', ...kinds),
    gauge('roomful_connections_limit', 'Most connections at once (max-connections).', 'max', [
      options.maxConnections,
    ]),
    counter('roomful_connections_opened_total', 'Connections that were taken in.', [counts.opened]),
    gauge('roomful_connections_full', 'Connections whose peer reads too slowly now.', 'sum', [full]),
    gauge('roomful_people', 'People connected to this process, each once.', 'sum', [people.size]),
    gauge('roomful_draining', 'Whether the server is going away.', 'max', [Number(drain.begun)]),
  ]
}

function endFamilies({ counts, limits }: Context): readonly Family[] {
  const own = Object.entries(counts.closes).map(([reason, count]): [number, Labels] => [
    count,
    { code: String(CLOSES[reason as CloseName].code), reason },
  ])
  const peers = Object.entries(counts.peerCloses).map(([code, count]): [number, Labels] => [
    count,
    { code, reason: 'peer' },
  ])
  return [
    counter(
      'roomful_closes_total',
      'Connections that ended, by close code and reason; reason peer stands for those that the peer or the transport ended.',
      ...own,
      ...peers,
    ),
    counter(
      'roomful_refusals_total',
      'Requests on connections that were refused, by error code.',
      ...perWord(counts.refusals, 'code'),
    ),
    counter(
      'roomful_limited_total',
      'What was refused because a limit of a connection, a person or an address was reached.',
      ...Object.entries(limits.reached).map(([words, count]): [number, Labels] => {
        const [limit = '', scope = ''] = words.split(' ')
        return [count, { limit, scope }]
      }),
    ),
    gauge(
      'roomful_limit_accounts',
      'People and addresses whose use of limits is kept.',
      'sum',
      ...perWord(limits.kept, 'scope'),
    ),
  ]
}

function messageFamilies({ counts, writer, fanOut }: Context): readonly Family[] {
  return [
    counter('roomful_frames_received_total', 'Frames read from connections, refused ones included.', [
      counts.framesReceived,
    ]),
    counter(
      'roomful_entries_total',
      'Messages and changes that were answered, by what became of them; appended and duplicate are acknowledged.',
      ...perWord(writer.outcomes, 'outcome'),
    ),
    counter('roomful_deliveries_total', 'Frames handed to readers that had caught up.', [fanOut.deliveries]),
    counter('roomful_catch_up_pages_total', 'Pages handed to readers that were behind.', [fanOut.catchUps]),
    histogram(
      'roomful_flush_duration_seconds',
      'Time that each turn of writing to all readers took.',
      fanOut.seconds,
    ),
    histogram(
      'roomful_delivery_lag_seconds',
      'Time from the arrival of the first message of a batch until the end of the turn that wrote it to its readers.',
      fanOut.lag,
    ),
  ]
}

function storeFamilies({ writer, canary }: Context, { sweeper }: LogCare): readonly Family[] {
  return [
    histogram(
      'roomful_append_duration_seconds',
      'Time from handing a batch to the store until its answer, failures included.',
      writer.seconds,
    ),
    histogram('roomful_append_batch_entries', 'Entries of each batch handed to the store.', writer.sizes),
    gauge('roomful_append_waiting_entries', 'Entries that wait for their batch.', 'sum', [writer.waiting]),
    gauge(
      'roomful_store_up',
      'Whether the store took the newest batch, or refused none for 5 s, and took the canary.',
      'min',
      [Number(!writer.refusesNow && canary?.refusesNow !== true)],
    ),
    counter('roomful_retention_steps_total', 'Commits that removed old entries.', [sweeper.steps]),
    counter('roomful_retention_failures_total', 'Removals that the store broke off.', [sweeper.failures]),
  ]
}

function logFamilies({ logs, rooms }: Context, { headWatch }: LogCare): readonly Family[] {
  let open = 0
  let behind = 0
  for (const log of logs.all()) {
    open++
    behind += log.behind
  }
  let peopled = 0
  for (const room of rooms.all()) if (room.ownCount > 0) peopled++
  return [
    gauge('roomful_rooms', 'Rooms with people connected to this process.', 'sum', [peopled]),
    gauge('roomful_logs', 'Rooms and private logs that somebody connected to this process reads.', 'sum', [
      open,
    ]),
    gauge('roomful_cursors_behind', 'Readers that lag behind a log.', 'sum', [behind]),
    counter(
      'roomful_log_repairs_total',
      'Times that entries were read from the store because a hint was lost: later ones showed it (gap), or the watch over the heads did.',
      [logs.gaps, { by: 'gap' }],
      [headWatch?.repairs ?? 0, { by: 'head_watch' }],
    ),
  ]
}

function clusterFamilies({ bus, desk, cluster }: Context): readonly Family[] {
  const state = desk?.state()
  const copies = cluster?.remote.copies ?? { all: 0, whole: 0 }
  return [
    gauge('roomful_bus_up', 'Whether hints come and go between nodes, as far as is known.', 'min', [
      Number(!bus.isLost),
    ]),
    gauge('roomful_registry_up', 'Whether the registry of names and nodes answers.', 'min', [
      Number(state?.ok ?? true),
    ]),
    gauge('roomful_registry_answer_age_seconds', 'Time since the registry last answered a beat.', 'max', [
      (state?.ageMs ?? 0) / 1_000,
    ]),
    gauge('roomful_presence_nodes', 'Other nodes whose people are known here.', 'max', [copies.all]),
    gauge(
      'roomful_presence_partial_nodes',
      'Of them, nodes of which not everything that they told is here.',
      'sum',
      [copies.all - copies.whole],
    ),
  ]
}

function canaryFamilies({ canary }: Context): readonly Family[] {
  return [
    gauge(
      'roomful_canary_age_seconds',
      'Time since the canary last came back through store and bus; 0 where none flies.',
      'max',
      [(canary?.state().ageMs ?? 0) / 1_000],
    ),
    gauge(
      'roomful_canary_round_trip_seconds',
      'Time that the last round trip of the canary through the store took.',
      'max',
      [(canary?.roundTripMs ?? 0) / 1_000],
    ),
    gauge(
      'roomful_canary_up',
      'Whether the canary comes back; 1 where none flies, and while the store refuses it.',
      'min',
      [Number(canary?.state().isLost !== true)],
    ),
    counter('roomful_canary_lost_total', 'Flights of the canary that did not come back.', [
      canary?.losses ?? 0,
    ]),
  ]
}

function trustFamilies({ auth, revocations }: Context): readonly Family[] {
  const state = auth?.keys() ?? null
  return [
    gauge(
      'roomful_keys_age_seconds',
      'Time since the public keys of tokens were last read, or the start; 0 where there are none that change.',
      'max',
      [(state?.ageMs ?? 0) / 1_000],
    ),
    counter(
      'roomful_keys_failures_total',
      'Looks at the public keys of tokens that failed; those that are known go on to count.',
      [state?.failures ?? 0],
    ),
    gauge('roomful_revocations', 'Revocations that are kept.', 'max', [revocations.size]),
    gauge(
      'roomful_revocations_limit',
      'Revocations from which on logouts are refused; those of administrators have a reserve beyond it.',
      'max',
      [MAX_REVOCATIONS - RESERVED_REVOCATIONS],
    ),
  ]
}
