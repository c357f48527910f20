/**
 * What the engine needs of an SQL library: SQLite, synchronous, values by position. Two libraries give it:
 * `node:sqlite` where the running Node.js has it (22.13 and newer), else the package `libsql`.
 */

export type SqlValue = string | number | null | Uint8Array
/** A BLOB as it is read: `libsql` gives the one, `node:sqlite` the other. */
export type Bytes = ArrayBuffer | Uint8Array
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  /** Runs it and answers how many rows it changed. Keeps no reference to `values`. */
  run(values: readonly SqlValue[]): number
  all(values: readonly SqlValue[]): readonly Row[]
}

export interface Database {
  /** Runs one or several statements without values. */
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Driver {
  readonly name: 'node:sqlite' | 'libsql'
  /** Opens or creates a database file. Errors carry what `resultCode` reads. */
  open(file: string): Database
}

/** Primary result codes (https://sqlite.org/rescode.html) that are told apart here. */
export const RESULT = {
  busy: 5,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const

/** The primary result code of an error of either library; `null` when it is no error of SQLite. */
export function resultCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode & 0xff
  // libsql says why it cannot open a file in its text only, as `ConnectionFailed("…: 14")`.
  const code = /ConnectionFailed\(".*: (\d+)"\)$/s.exec(error.message)?.[1]
  return code === undefined ? null : Number(code) & 0xff
}

/** Node.js 22 and libsql cut a TEXT at U+0000 when they read it, so such a text is kept as its bytes. */
export function bindable(text: string): SqlValue {
  return text.includes('\0') ? Buffer.from(text) : text
}

/** Runs `work` in one transaction: all of it is committed, or none and the error is thrown on. */
export type Transaction = <T>(work: () => T) => T

/** `Transaction` of a database, its statements prepared once: to read them anew is a tenth of what a small commit computes. */
export function transactionOf(database: Database): Transaction {
  const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'].map((sql) => database.prepare(sql)) as [
    Statement,
    Statement,
  ]
  return (work) => {
    begin.run([])
    try {
      const result = work()
      commit.run([])
      return result
    } catch (error) {
      try {
        database.exec('ROLLBACK')
      } catch {
        // After some errors, such as a full disk, SQLite has rolled back on its own and refuses a second time.
      }
      throw error
    }
  }
}

/** There is no library for SQLite here. The message is one sentence for the operator. */
export class NoDriverError extends Error {}

/** The best library here. Throws a `NoDriverError` when there is none. */
export async function loadDriver(): Promise<Driver> {
  return builtInDriver() ?? (await libsqlDriver())
}

function builtInDriver(): Driver | null {
  const sqlite = withoutItsWarning(() => process.getBuiltinModule('node:sqlite'))
  // Typed as always there, but Node.js 20 and 22.12 do not have it.
  if ((sqlite as typeof sqlite | undefined) === undefined) return null
  return {
    name: 'node:sqlite',
    open(file) {
      const database = new sqlite.DatabaseSync(file)
      return {
        exec: (sql) => database.exec(sql),
        close: () => database.close(),
        prepare(sql) {
          const statement = database.prepare(sql)
          return {
            run: (values) => Number(statement.run(...values).changes),
            all: (values) => statement.all(...values),
          }
        },
      }
    },
  }
}

/** Node.js 22 warns once when `node:sqlite` is loaded. Every other warning passes. */
function withoutItsWarning<T>(load: () => T): T {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

async function libsqlDriver(): Promise<Driver> {
  const { default: Libsql } = await import('libsql').catch((cause: unknown) => {
    throw new NoDriverError(
      `Node.js ${process.versions.node} has no SQLite of its own and the package libsql is not installed: use Node.js 22.13 or newer, keep the history in PostgreSQL (--data postgres://…), or install libsql.`,
      { cause },
    )
  })
  return {
    name: 'libsql',
    open(file) {
      const database = new Libsql(file)
      return {
        exec: (sql) => void database.exec(sql),
        close: () => void database.close(),
        prepare(sql) {
          const statement = database.prepare<[readonly SqlValue[]]>(sql)
          return {
            run: (values) => statement.run(values).changes,
            all: (values) => statement.all(values) as Row[],
          }
        },
      }
    },
  }
}
