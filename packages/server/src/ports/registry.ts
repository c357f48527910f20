/**
 * Registry: which nodes of a cluster live, and who bears which name. The authority on both; `null` where there is one node only.
 *
 * A node lives as long as it beats. `LEASE_MS` after its last beat others may find it dead, and its names are free.
 */

/** Milliseconds after its last beat for which a node counts as living. */
export const LEASE_MS = 10_000

/**
 * Milliseconds without a beat after which a node has had a break. A node that looks finds others dead only when it has had none for as long as their leases: when
 * nobody could beat, nobody is dead.
 */
export const BREAK_MS = 3_000

/** Another process bears this node's name among the living: this one has to end. The message is a sentence for the operator. */
export class NodeReplaced extends Error {
  constructor(node: string) {
    super(`Another process is the node ${node} now, so this one ends: give each one a name of its own.`)
  }
}

/** Somebody who wants to bear a name on this node. */
export interface NameClaim {
  /** The name's key, which is unique among the living. */
  readonly key: string
  /** As it is shown. */
  readonly name: string
  /** Id of the person as a resume token showed it; `null` without one. */
  readonly shown: string | null
  /** Id that the person gets who has none: neither shown nor, where names are shared, borne already. */
  readonly fresh: string
  /** The name may be borne by several: whoever claims it is the person who has it. */
  readonly shared: boolean
}

/** What became of a claim: `person` bears the name on this node now, or a living person does who is somebody else. */
export type Claimed = { readonly outcome: 'yours'; readonly person: string } | { readonly outcome: 'taken' }

/** Who bears a name. */
export interface Bearer {
  readonly person: string
  readonly name: string
}

/** A living node. `version`: what it said with its last beat. */
export interface LivingNode {
  readonly node: string
  readonly version: number
}

export interface Beat {
  /** All living nodes, this one included. */
  readonly nodes: readonly LivingNode[]
  /** False when this node had been found dead: what it had claimed is not its own any more. It lives again from now on. */
  readonly kept: boolean
}

export interface Registry {
  /** Names this node among the living. */
  readonly node: string

  /**
   * Claims names, each decided once among all nodes, in the order given. Claiming again what this node holds for the same person, by `shown` or by
   * `fresh`, has no effect. Rejects with `StoreUnavailable`: then none was claimed, or some were and stay with this node until
   * they are released. So it does when this node was found dead, until it beats.
   */
  claim(claims: readonly NameClaim[]): Promise<readonly Claimed[]>

  /** This node's people bear these names no more. Other nodes' people of the same name keep it. Calls of `claim` and `release` are served in order. Rejects with `StoreUnavailable`. */
  release(keys: readonly string[]): Promise<void>

  /** Who bears each name on any living node; `null` for nobody. Same order as asked. Rejects with `StoreUnavailable`. */
  find(keys: readonly string[]): Promise<readonly (Bearer | null)[]>

  /**
   * Renews this node's lease and says up to which number it has told changes of its presence. Rejects with `StoreUnavailable`, and with `NodeReplaced` when
   * another process has become this node meanwhile.
   */
  beat(version: number): Promise<Beat>

  /** Takes this node off the living, with its names, when it can be done soon. Never rejects. Calls after it reject. */
  close(): Promise<void>
}
