/**
 * Judges a run from what its clients wrote down and from what the store holds at the end. It knows nothing of the server: a
 * text names the message that it is, so whatever was lost, doubled or made up shows.
 */

/**
 * @typedef {object} Sent
 * @property {string} text unique in the run
 * @property {string | null} to addressee of a private message
 */

/**
 * @typedef {object} Acked
 * @property {string} text
 * @property {string} log the room, or `@me`
 * @property {number} seq
 * @property {string} id
 */

/**
 * @typedef {object} Told an entry that a client's listener was given, or that a log holds
 * @property {number} seq
 * @property {string} id
 * @property {string} text
 * @property {string} from
 * @property {string | null} to
 */

/**
 * @typedef {object} Witness one client, there from the first message to the last
 * @property {string} name
 * @property {readonly Sent[]} sent
 * @property {readonly Acked[]} acked
 * @property {readonly Told[]} room what it was told of the room, in the order of telling
 * @property {readonly Told[]} inbox the same of its private log
 */

/**
 * @typedef {object} Run
 * @property {readonly Witness[]} witnesses
 * @property {readonly Told[]} room the room's log at the end
 * @property {ReadonlyMap<string, readonly Told[]>} inboxes the private logs at the end, by name
 * @property {number} faults how often something was broken
 * @property {number} peakMiB most memory that the server used
 * @property {{ acks: number, faults: number, peakMiB: number }} bounds with fewer acks or faults nothing can be said; more memory is a fault
 */

/** @typedef {'lost' | 'duplicated' | 'diverged' | 'reordered' | 'hole' | 'unexpected' | 'leaked' | 'stale' | 'unbounded'} Fault */

/**
 * @typedef {object} Verdict
 * @property {'pass' | 'fail' | 'unknown'} verdict
 * @property {Record<Fault, number>} counts
 * @property {readonly string[]} examples the first of each kind
 * @property {number} acks
 * @property {number} faults
 */

class Findings {
  /** @type {Record<Fault, number>} */
  counts = {
    lost: 0,
    duplicated: 0,
    diverged: 0,
    reordered: 0,
    hole: 0,
    unexpected: 0,
    leaked: 0,
    stale: 0,
    unbounded: 0,
  }
  /** @type {string[]} */
  examples = []

  /** @param {Fault} fault @param {string} example */
  add(fault, example) {
    if (this.counts[fault]++ === 0) this.examples.push(`${fault}: ${example}`)
  }
}

/** @typedef {ReadonlyMap<string, Sent & { readonly from: string }>} Origins */

/** @param {Run} run @returns {Verdict} */
export function judge(run) {
  const { witnesses, bounds, faults } = run
  const findings = new Findings()
  const origins = originsOf(witnesses)
  judgeLog(findings, origins, 'the room', run.room, null)
  for (const [name, inbox] of run.inboxes) judgeLog(findings, origins, `the log of ${name}`, inbox, name)
  for (const witness of witnesses) {
    const inbox = run.inboxes.get(witness.name) ?? []
    judgeAcks(findings, witness, run, inbox)
    judgeTold(findings, origins, witness, witness.room, run.room, null)
    judgeTold(findings, origins, witness, witness.inbox, inbox, witness.name)
  }
  if (run.peakMiB > bounds.peakMiB) findings.add('unbounded', `${run.peakMiB} MiB, ${bounds.peakMiB} allowed`)
  const acks = witnesses.reduce((sum, { acked }) => sum + acked.length, 0)
  const failed = Object.values(findings.counts).some((count) => count > 0)
  const tooFew = acks < bounds.acks || faults < bounds.faults
  const verdict = failed ? 'fail' : tooFew ? 'unknown' : 'pass'
  return { verdict, counts: findings.counts, examples: findings.examples, acks, faults }
}

/** @param {readonly Witness[]} witnesses @returns {Origins} */
function originsOf(witnesses) {
  /** @type {Map<string, Sent & { from: string }>} */
  const origins = new Map()
  for (const { name, sent } of witnesses)
    for (const each of sent) origins.set(each.text, { ...each, from: name })
  return origins
}

/**
 * A log at the end: numbered without holes, each text once, nothing that nobody sent.
 * @param {Findings} findings @param {Origins} origins @param {string} where @param {readonly Told[]} log
 * @param {string | null} owner of a private log
 */
function judgeLog(findings, origins, where, log, owner) {
  const texts = new Set()
  log.forEach((entry, i) => {
    if (entry.seq !== i + 1) findings.add('hole', `${where} has number ${entry.seq} at place ${i + 1}`)
    if (texts.has(entry.text)) findings.add('duplicated', `${where} holds ${entry.text} twice`)
    texts.add(entry.text)
    judgeOrigin(findings, origins, where, entry, owner)
  })
}

/**
 * @param {Findings} findings @param {Origins} origins @param {string} where @param {Told} entry
 * @param {string | null} owner of the private log that it is in
 */
function judgeOrigin(findings, origins, where, { text, from, to }, owner) {
  const origin = origins.get(text)
  if (origin === undefined || origin.from !== from || origin.to !== to)
    findings.add('unexpected', `${where} has ${text} from ${from}, which ${from} did not send`)
  if ((origin?.to ?? to) === null ? owner !== null : owner === null || (owner !== from && owner !== to))
    findings.add('leaked', `${where} has ${text}, from ${from} to ${to}`)
}

/**
 * What was acknowledged is there, under the number that was named, for its addressee too, and has one number only.
 * @param {Findings} findings @param {Witness} witness @param {Run} run @param {readonly Told[]} inbox
 */
function judgeAcks(findings, { name, sent, acked }, run, inbox) {
  const addressees = new Map(sent.map(({ text, to }) => [text, to]))
  /** @type {Map<string, Acked>} */
  const first = new Map()
  for (const ack of acked) {
    const { text, seq, id } = ack
    const before = first.get(text)
    if (before !== undefined && (before.seq !== seq || before.id !== id))
      findings.add('duplicated', `${name} was told numbers ${before.seq} and ${seq} for ${text}`)
    first.set(text, ack)
    const kept = (ack.log === '@me' ? inbox : run.room)[seq - 1]
    if (kept?.id !== id || kept.text !== text)
      findings.add('lost', `${text} of ${name}, acknowledged as ${seq}, is not there`)
    const to = addressees.get(text) ?? null
    if (to !== null && run.inboxes.has(to) && !holds(run, to, id))
      findings.add('lost', `${text} of ${name}, acknowledged, is not in the log of ${to}`)
  }
}

/** @type {WeakMap<readonly Told[], ReadonlySet<string>>} */
const idsOf = new WeakMap()

/** @param {Run} run @param {string} name @param {string} id */
function holds(run, name, id) {
  const log = run.inboxes.get(name) ?? []
  const ids = idsOf.get(log) ?? new Set(log.map((entry) => entry.id))
  idsOf.set(log, ids)
  return ids.has(id)
}

/**
 * What a client was told: all of the log, once, in its order.
 * @param {Findings} findings @param {Origins} origins @param {Witness} witness
 * @param {readonly Told[]} told @param {readonly Told[]} log @param {string | null} owner
 */
function judgeTold(findings, origins, { name }, told, log, owner) {
  const where = owner === null ? `${name} in the room` : `${name} in private`
  const seen = new Set()
  let last = 0
  for (const entry of told) {
    const { seq, id } = entry
    if (seen.has(id)) findings.add('duplicated', `${where} was told ${id} twice`)
    else if (seq <= last) findings.add('reordered', `${where} was told ${seq} after ${last}`)
    else if (seq > last + 1) findings.add('hole', `${where} was told ${seq} after ${last}`)
    seen.add(id)
    last = Math.max(last, seq)
    const kept = log[seq - 1]
    if (kept?.id !== id || kept.text !== entry.text)
      findings.add('diverged', `${where} was told ${entry.text} as ${seq}, the log has ${kept?.text}`)
    judgeOrigin(findings, origins, where, entry, owner)
  }
  if (last < log.length) findings.add('stale', `${where} was told up to ${last} of ${log.length}`)
}
