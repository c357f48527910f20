import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Grown } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Signer } from '../../ports/signer.ts'

/** Refused hints between two lines in the log. */
const REFUSED_PER_LINE = 1_000

const Text = Type.String()
const TextOrNull = Type.Union([Type.String(), Type.Null()])
const Seq = Type.Integer({ minimum: 0 })

const HintSchema = Type.Object({
  node: Text,
  entries: Type.Array(
    Type.Object({
      log: Text,
      seq: Seq,
      id: Text,
      kind: Type.Union(
        ['message', 'private', 'edit', 'delete', 'reaction', 'unreaction'].map((kind) => Type.Literal(kind)),
      ),
      author: Text,
      authorId: TextOrNull,
      target: TextOrNull,
      text: Text,
      timestamp: Text,
      at: Type.Number(),
      clientId: TextOrNull,
      about: Type.Union([Type.Object({ id: Text, seq: Type.Union([Seq, Type.Null()]) }), Type.Null()]),
    }),
  ),
})
const isHint = Compile(HintSchema)

/** Turns hints into texts of letters, digits, `-`, `_` and `.`, and back. */
export interface HintCodec {
  encode(grown: Grown): string
  /** `null` for one's own, and for what no node of this cluster has signed: it is counted, and nobody is told. */
  decode(hint: string): Grown | null
}

/** `node`: names this process among all of its cluster. `signer`: of the cluster's secret, so that a broker that others use too can make nobody believe anything. */
export function createHintCodec({
  node,
  signer,
  logger,
}: {
  node: string
  signer: Signer
  logger: Logger
}): HintCodec {
  let refused = 0
  return {
    encode: ({ entries }) => signer.sign(JSON.stringify({ node, entries })),
    decode(text) {
      const hint = parsed(signer.open(text))
      if (hint?.node === node) return null
      if (hint !== null) return { entries: hint.entries }
      if (refused++ % REFUSED_PER_LINE === 0) logger.warn('hints_refused', { refused })
      return null
    },
  }
}

function parsed(json: string | null): Static<typeof HintSchema> | null {
  if (json === null) return null
  try {
    const hint: unknown = JSON.parse(json)
    return isHint.Check(hint) ? hint : null
  } catch {
    return null
  }
}
