import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  type Hint,
  MAX_MISSING_PARTS,
  MAX_PRESENCE_CHANGES,
  MAX_SNAPSHOT_PARTS,
  METERED,
} from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { MAX_HINT_TRACES } from '../../ports/tracer.ts'
import type { Signer } from '../../ports/signer.ts'
import type { Heard } from '../hint-listeners.ts'
import type { BusCounts } from '../metrics/bus-counts.ts'

/** Refused hints, or unknown parts of them, between two lines in the log. */
const REFUSED_PER_LINE = 1_000

const Text = Type.String()
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const Seq = Type.Integer({ minimum: 0 })

/** Names of nodes, rooms, logs and people, and ids: none is longer. */
const Name = Type.String({ maxLength: 256 })
const NameOrNull = Type.Union([Name, Type.Null()])
const Version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const ENTRY_KINDS = ['message', 'private', 'edit', 'delete', 'reaction', 'unreaction']

const EntrySchema = Type.Object({
  log: Text,
  seq: Seq,
  id: Text,
  kind: Type.Union(ENTRY_KINDS.map((kind) => Type.Literal(kind))),
  author: Text,
  authorId: TextOrNull,
  target: TextOrNull,
  text: Text,
  timestamp: Text,
  at: Type.Number(),
  clientId: TextOrNull,
  about: Type.Union([Type.Object({ id: Text, seq: Type.Union([Seq, Type.Null()]) }), Type.Null()]),
})

const SignalSchema = Type.Union([
  Type.Object({ kind: Type.Literal('typing'), log: Name, person: Name, name: NameOrNull }),
  Type.Object({ kind: Type.Literal('read'), log: Name, person: Name, name: Name, seq: Version }),
  Type.Object({
    kind: Type.Literal('usage'),
    number: Version,
    scope: Type.Union([Type.Literal('user'), Type.Literal('address')]),
    key: Name,
    connections: Version,
    used: Type.Partial(Type.Record(Type.Union(METERED.map((metered) => Type.Literal(metered))), Version)),
  }),
])

const JoinedSchema = Type.Object({
  kind: Type.Literal('joined'),
  room: Name,
  person: Name,
  name: NameOrNull,
  away: Type.Boolean(),
  isNew: Type.Boolean(),
})
const MoreSchema = Type.Object({ kind: Type.Literal('more'), room: NameOrNull, count: Version })
const ChangeSchema = Type.Union([
  JoinedSchema,
  Type.Object({ kind: Type.Literal('left'), room: Name, person: Name }),
  Type.Object({ kind: Type.Literal('away'), person: Name, away: Type.Boolean() }),
  MoreSchema,
])

const PresenceSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('changes'),
    run: Version,
    from: Version,
    changes: Type.Array(ChangeSchema, { maxItems: MAX_PRESENCE_CHANGES }),
  }),
  Type.Object({
    kind: Type.Literal('part'),
    run: Version,
    version: Version,
    part: Type.Integer({ minimum: 0, exclusiveMaximum: MAX_SNAPSHOT_PARTS }),
    parts: Type.Integer({ minimum: 1, maximum: MAX_SNAPSHOT_PARTS }),
    stays: Type.Array(Type.Union([JoinedSchema, MoreSchema]), { maxItems: MAX_PRESENCE_CHANGES }),
  }),
  Type.Object({
    kind: Type.Literal('ask'),
    node: Name,
    version: Type.Union([Version, Type.Null()]),
    missing: Type.Array(Type.Integer({ minimum: 0, exclusiveMaximum: MAX_SNAPSHOT_PARTS }), {
      maxItems: MAX_MISSING_PARTS,
    }),
  }),
])

const TracesSchema = Type.Array(Type.Object({ entry: Name, parent: Name }), { maxItems: MAX_HINT_TRACES })

/** Nodes of an earlier version know entries only, so these are always there. */
const HintSchema = Type.Object({
  node: Name,
  entries: Type.Array(EntrySchema),
  signals: Type.Optional(Type.Array(SignalSchema)),
  presence: Type.Optional(Type.Array(PresenceSchema)),
  traces: Type.Optional(TracesSchema),
})
const isHint = Compile(HintSchema)

/** What every version says, whatever it says in it. */
const OfAnyVersion = Type.Object({
  node: Name,
  entries: Type.Array(Type.Unknown()),
  signals: Type.Optional(Type.Array(Type.Unknown())),
  presence: Type.Optional(Type.Array(Type.Unknown())),
})
const isOfAnyVersion = Compile(OfAnyVersion)

const KINDS: ReadonlySet<string> = new Set([
  ...ENTRY_KINDS,
  ...['typing', 'read', 'usage', 'changes', 'part', 'ask', 'joined', 'left', 'away', 'more'],
])
const isPart = Compile(
  Type.Object({
    kind: Type.String(),
    changes: Type.Optional(Type.Array(Type.Unknown())),
    stays: Type.Optional(Type.Array(Type.Unknown())),
  }),
)

type Said = Static<typeof HintSchema>

/** Turns hints into texts of letters, digits, `-`, `_` and `.`, and back. */
export interface HintCodec {
  encode(hint: Hint): string
  /**
   * `null` for one's own, and for what no node of this cluster has signed: it is counted, and nobody is told. Of what a node of a newer version
   * says, the parts that this one knows; the others are counted.
   */
  decode(text: string): Heard | null
}

/** `node`: names this process among all of its cluster. `signer`: of the cluster's secret, so that a broker that others use too can make nobody believe anything. */
export function createHintCodec({
  node,
  signer,
  logger,
  counts,
}: {
  node: string
  signer: Signer
  logger: Logger
  counts: Pick<BusCounts, 'echoed' | 'refused' | 'unknown'>
}): HintCodec {
  const understood = (json: unknown): Said | null => {
    if (isHint.Check(json)) return json
    // Only now, so that what is understood costs one check.
    const known = isOfAnyVersion.Check(json) ? knownOf(json) : null
    if (!isHint.Check(known)) return null
    if (known.node !== node && counts.unknown++ % REFUSED_PER_LINE === 0)
      logger.warn('hints_unknown', { unknown: counts.unknown })
    return known
  }
  return {
    encode: ({ entries = [], signals, presence, traces }) =>
      signer.sign(JSON.stringify({ node, entries, signals, presence, traces })),
    decode(text) {
      const said = understood(parsed(signer.open(text)))
      if (said?.node === node) {
        counts.echoed++
        return null
      }
      if (said !== null) {
        const { node: from, ...hint } = said
        return { from, hint }
      }
      if (counts.refused++ % REFUSED_PER_LINE === 0) logger.warn('hints_refused', { refused: counts.refused })
      return null
    },
  }
}

/** Without the parts that are, or tell, something of a kind that this version does not know. */
function knownOf({ node, entries, signals = [], presence = [] }: Static<typeof OfAnyVersion>): object {
  const known = (parts: readonly unknown[]): unknown[] => parts.filter((part) => !isUnknown(part))
  return { node, entries: known(entries), signals: known(signals), presence: known(presence) }
}

function isUnknown(part: unknown): boolean {
  if (!isPart.Check(part)) return false
  const { kind, changes = [], stays = [] } = part
  return (
    !KINDS.has(kind) || [...changes, ...stays].some((each) => isPart.Check(each) && !KINDS.has(each.kind))
  )
}

function parsed(json: string | null): unknown {
  if (json === null) return null
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
