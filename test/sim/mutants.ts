import { Listeners } from '../../packages/client/src/listeners.ts'
import { LogOrder } from '../../packages/client/src/log-order.ts'
import { StoredOutbox } from '../../packages/client/src/outbox.ts'
import type { OutboxStorage } from '../../packages/client/src/outbox-storage.ts'
import { References } from '../../packages/server/src/adapters/memory-references.ts'
import { LogBook } from '../../packages/server/src/core/log-book.ts'
import { Log } from '../../packages/server/src/core/log.ts'
import { Tail } from '../../packages/server/src/core/tail.ts'
import type { Appended, NewEntry, Store } from '../../packages/server/src/ports/store.ts'
import { Disk } from './disk.ts'
import type { WireFrame } from './frames.ts'
import type { Link } from './link.ts'

/** A fault that is built into the real parts on purpose. Each run makes its own. */
export interface Mutant {
  /** What stands in place of the store. */
  readonly store?: (store: Store, disk: Disk) => Store
  /** What stands in place of the storage of an outbox. */
  readonly outbox?: (storage: OutboxStorage) => OutboxStorage
  /** What becomes of the disk when the server crashes. */
  readonly crashed?: (disk: Disk) => Promise<void>
  /** What becomes of frames on their way to the socket. */
  readonly wire?: (frames: readonly WireFrame[], link: Link) => readonly WireFrame[]
  /** What the core reads in place of what a client sent. */
  readonly heard?: (text: string) => string
  /** Changes the code itself. Returns what undoes it. */
  readonly patch?: () => () => void
}

const isEntry = ({ fields }: WireFrame): boolean => fields.type === 'message' || fields.type === 'private'

/** Changes what is written when it holds the `every`-th entry. */
function each(
  every: number,
  change: (frames: readonly WireFrame[], at: number) => readonly WireFrame[],
): Mutant {
  let count = 0
  return {
    wire: (frames) => {
      for (const [at, frame] of frames.entries())
        if (isEntry(frame) && ++count % every === 0) return change(frames, at)
      return frames
    },
  }
}

/** Replaces a method until it is undone. */
function patched<T extends object, K extends keyof T>(
  target: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = target[name]
  target[name] = make(original)
  return () => {
    target[name] = original
  }
}

/** A private message also goes to the next third party that is written to. */
function broadcastsPrivate(): Mutant {
  let secret: WireFrame | null = null
  return {
    wire: (frames, { name }) => {
      const [reader] = name.split('#')
      if (secret !== null && reader !== secret.fields.from && reader !== secret.fields.to) {
        const leaked = secret
        secret = null
        return [...frames, leaked]
      }
      secret = frames.find(({ fields }) => fields.type === 'private') ?? secret
      return frames
    },
  }
}

/** Answers from memory, and commits later. */
function acksBeforeCommit(): Mutant {
  return {
    store: (store, disk) => ({
      epoch: store.epoch,
      append: async (batch): Promise<readonly Appended[]> => {
        const heads = await disk.store.heads(batch.map(({ log }) => log))
        const copies = await disk.store.heads(batch.map(({ copy }) => copy ?? ''))
        void store.append(batch).catch(() => undefined)
        return batch.map((_, i) => ({
          outcome: 'appended',
          seq: (heads[i] ?? 0) + 1,
          copySeq: (copies[i] ?? 0) + 1,
        }))
      },
      read: (log, range, limit) => store.read(log, range, limit),
      heads: (logs) => store.heads(logs),
      firsts: (logs) => store.firsts(logs),
      trim: (retention, limit) => store.trim(retention, limit),
      rooms: (after, limit) => store.rooms(after, limit),
      check: () => store.check(),
      close: () => store.close(),
    }),
  }
}

/** What is refused for good is nowhere any more, and nobody is told. */
function dropsWhatIsRefused(): Mutant {
  const hasFailed = (value: unknown): boolean =>
    (value as { state?: { phase?: string } } | undefined)?.state?.phase === 'failed'
  return {
    patch: () => {
      const mends = [
        patched(
          Listeners.prototype,
          'emit',
          (original) =>
            function (this: Listeners<unknown>, value) {
              if (!hasFailed(value)) original.call(this, value)
            },
        ),
        patched(
          StoredOutbox.prototype,
          'save',
          (original) =>
            function (this: StoredOutbox, item) {
              if (hasFailed(item.entry)) this.forget(item)
              else original.call(this, item)
            },
        ),
      ]
      return () => mends.forEach((mend) => mend())
    },
  }
}

/** A deletion is told to everybody, and what it is about stays as it was, or only the copy and the edits of it do. */
function keepsDeletedText(everywhere: boolean): Mutant {
  return {
    patch: () =>
      patched(
        References.prototype,
        'note',
        (original) =>
          function (this: References, entry, places) {
            if (entry.kind !== 'delete') original.call(this, entry, places)
            else if (!everywhere) original.call(this, { ...entry, aboutId: 'nothing' }, places)
          },
      ),
  }
}

/** A client id goes with its message, as soon as retention removes that. */
function forgetsWhatWasLetGo(): Mutant {
  const idsBefore = Number.MAX_SAFE_INTEGER
  return {
    patch: () =>
      patched(
        Disk.prototype,
        'trim',
        (original) =>
          function (this: Disk, retention, limit) {
            return original.call(this, { ...retention, idsBefore }, limit)
          },
      ),
  }
}

const withoutId = (entry: NewEntry): NewEntry => ({ ...entry, clientId: null })

/** By name. The first eight are those of the reliability plan, then those of resuming, of what is removed, and of the outbox. */
export const MUTANTS: Readonly<Record<string, () => Mutant>> = {
  'drop-one-of-1000': () => each(1_000, (frames, at) => frames.toSpliced(at, 1)),
  'drop-one-of-100': () => each(100, (frames, at) => frames.toSpliced(at, 1)),
  'swap-two': () =>
    each(100, (frames, at) => {
      const other = frames.findIndex((frame, i) => i > at && isEntry(frame))
      if (other < 0) return frames
      const swapped = [...frames]
      swapped[at] = frames[other] as WireFrame
      swapped[other] = frames[at] as WireFrame
      return swapped
    }),
  'deliver-twice': () => each(100, (frames, at) => frames.toSpliced(at, 0, frames[at] as WireFrame)),
  'ack-before-commit': acksBeforeCommit,
  'forget-client-id': () => ({ crashed: (disk) => disk.replay((batch) => batch.map(withoutId)) }),
  'broadcast-private': broadcastsPrivate,
  'reuse-number': () => ({
    crashed: async (disk) => {
      disk.journal = disk.journal.slice(0, -1)
      await disk.replay((batch) => batch)
    },
  }),
  'resume-off-by-one': () => ({
    patch: () =>
      patched(
        Log.prototype,
        'openAfter',
        (original) =>
          function (this: Log, connection, seq) {
            return original.call(this, connection, seq + 1)
          },
      ),
  }),
  'skip-at-the-seam': () => ({
    patch: () =>
      patched(
        Tail.prototype,
        'positionBehind',
        (original) =>
          function (this: Tail, seq) {
            const position = original.call(this, seq)
            return position === null || position >= this.end ? position : position + 1
          },
      ),
  }),
  'jumps-over-a-hole': () => ({
    patch: () =>
      patched(
        LogBook.prototype,
        'ingest',
        (original) =>
          function (this: LogBook, entry) {
            const log = this.get(entry.log)
            if (log !== undefined && entry.seq > log.head + 1) log.head = entry.seq - 1
            original.call(this, entry)
          },
      ),
  }),
  'client-believes-any-order': () => ({
    patch: () => patched(LogOrder.prototype, 'takes', () => () => true),
  }),
  'client-never-resumes': () => ({
    patch: () =>
      patched(
        LogOrder.prototype,
        'welcomed',
        (original) =>
          function (this: LogOrder, log, welcome, head) {
            this.forget(log)
            original.call(this, log, welcome, head)
          },
      ),
  }),
  'forget-what-was-let-go': forgetsWhatWasLetGo,
  'ignore-epoch': () => ({ heard: (text) => text.replace(/,"epoch":"[^"]*"(?=[^{}]*\}$)/, '') }),
  'keep-deleted-text': () => keepsDeletedText(true),
  'keep-deleted-copy': () => keepsDeletedText(false),
  'outbox-reads-nothing': () => ({ outbox: (storage) => ({ ...storage, all: async () => [] }) }),
  'outbox-writes-no-message': () => ({
    outbox: (storage) => ({
      ...storage,
      put: (entry) => (entry.kind === 'message' ? Promise.resolve() : storage.put(entry)),
    }),
  }),
  'outbox-drops-what-is-refused': dropsWhatIsRefused,
}
