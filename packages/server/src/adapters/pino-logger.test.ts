import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createPinoLogger, type LogLevel } from './pino-logger.ts'

function writable(write: (line: string, done: (error?: Error) => void) => void): Writable {
  return new Writable({ decodeStrings: false, write: (line: string, _encoding, done) => write(line, done) })
}

function logged(level: LogLevel, write: (logger: ReturnType<typeof createPinoLogger>) => void): string[] {
  const lines: string[] = []
  write(
    createPinoLogger(level, {
      stream: writable((line, done) => {
        lines.push(line)
        done()
      }),
    }),
  )
  return lines
}

const one = (write: (logger: ReturnType<typeof createPinoLogger>) => void): Record<string, unknown> => {
  const lines = logged('debug', write)
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toContain('\n')
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

describe('the log', () => {
  it('is one JSON object a line: event, fields, time, level', () => {
    const line = one((logger) => logger.info('started', { port: 8000, host: null, shared: undefined }))
    expect(line).toMatchObject({ level: 30, msg: 'started', port: 8000, host: null })
    expect(new Date(String(line['time'])).toISOString()).toBe(line['time'])
    expect(Object.keys(line)).not.toContain('hostname')
  })

  it('keeps the cause of a failure', () => {
    const cause = new Error('outer', { cause: new Error('inner') })
    const error = one((logger) => logger.error('store_failed', { log: 'lobby' }, cause))
    expect(error).toMatchObject({ level: 50, msg: 'store_failed', log: 'lobby', err: { type: 'Error' } })
    expect(JSON.stringify(error)).toContain('inner')
    expect(one((logger) => logger.warn('slow', {}, cause))).toMatchObject({ level: 40 })
  })

  it('keeps nothing of a failure that a library hangs on it: rows that were refused, addresses with passwords', () => {
    const row = {
      detail: 'Failing row contains (secret).',
      where: 'secret',
      input: 'secret',
      parameters: ['secret'],
    }
    const inner = Object.assign(new Error('cannot reach postgres://chat:secret@db.example:5432/chat'), row)
    const all = new AggregateError(
      [Object.assign(new Error('a part'), row, { code: 'ECONNREFUSED' })],
      'of two',
      {
        cause: Object.assign(inner, { code: '23514' }),
      },
    )
    for (const cause of [inner, all, { text: 'secret' }, 'redis://:secret@cache.example'])
      expect(JSON.stringify(one((logger) => logger.error('append_failed', {}, cause)))).not.toContain(
        'secret',
      )
    expect(one((logger) => logger.error('append_failed', {}, all))).toMatchObject({
      err: { type: 'AggregateError', causes: [{ code: 'ECONNREFUSED', message: 'a part' }] },
    })
    expect(JSON.stringify(one((logger) => logger.error('append_failed', {}, inner)))).toContain(
      'postgres://…@db.example',
    )
  })

  it('leaves out what is below its level', () => {
    const all = (logger: ReturnType<typeof createPinoLogger>): void => {
      logger.debug('a')
      logger.info('b')
      logger.warn('c')
      logger.error('d')
    }
    expect(logged('warn', all)).toHaveLength(2)
    expect(logged('silent', all)).toHaveLength(0)
  })

  it.each(['a\nb', '\r\n{"level":50}', '\u001b[31m', '\u2028', '"}{"', '\0'])(
    '%j cannot break a line',
    (text) => {
      expect(one((logger) => logger.info('x', { text }))['text']).toBe(text)
    },
  )

  it('cuts long texts', () => {
    expect(String(one((logger) => logger.info('x', { text: 'x'.repeat(1_000_000) }))['text']).length).toBe(
      1_001,
    )
  })
})

describe('a log that cannot be written', () => {
  it.each([
    ['is given up', (done: (error: Error) => void) => done(new Error('EIO'))],
    [
      'also when that shows as an exception',
      () => {
        throw new Error('ENOSPC')
      },
    ],
  ])('%s', async (_, fail) => {
    const logger = createPinoLogger('info', { stream: writable((_line, done) => fail(done)) })
    logger.info('a')
    await new Promise(setImmediate)
    logger.info('b')
    await logger.flush()
  })

  it('is waited for no longer than a second, and little waits for it', async () => {
    let written = 0
    const stream = writable(() => written++)
    const logger = createPinoLogger('info', { stream })
    for (let i = 0; i < 3_000; i++) logger.info('x', { text: 'x'.repeat(1_000) })
    expect(stream.writableLength).toBeGreaterThan(1_000_000)
    expect(stream.writableLength).toBeLessThan(1_100_000)
    await logger.flush()
    expect(written).toBe(1)
  })

  it('is flushed when a slow reader has it all', async () => {
    const lines: string[] = []
    const logger = createPinoLogger('info', {
      stream: writable((line, done) =>
        setTimeout(() => {
          lines.push(line)
          done()
        }, 20),
      ),
    })
    for (let i = 0; i < 5; i++) logger.info('x', { i })
    await logger.flush()
    expect(lines.filter((line) => line !== '')).toHaveLength(5)
  })
})
