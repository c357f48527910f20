import { describe, expect, it } from 'vitest'
import { loadSettings } from './load.ts'

const DATA = 'a folder, :memory:, or postgres://user:password@host:port/database'
const BUSES =
  'auto, postgres, or redis://, rediss://, valkey://, nats://, amqp:// or amqps:// with user:password@host:port'

describe('an address that is not usable stops the start with one sentence, without its password', () => {
  const file = (text: string) => ({ files: new Map([['/srv/chat/roomful.json', text]]) })
  const flags = (text: string) => ({ argv: text.split(' ') })

  it.each<
    readonly [
      given: { argv?: string[]; env?: Record<string, string>; files?: Map<string, string> },
      sentence: string,
    ]
  >([
    [
      flags('--data postgres://me:%zz@db/chat'),
      `data (flag --data): expected ${DATA}, got "postgres://me:…@db/chat"; a % in it is written %25.`,
    ],
    [
      flags('--data postgres://db/chat --bus redis://me:%zz@broker'),
      `bus (flag --bus): expected ${BUSES}, got "redis://me:…@broker"; a % in it is written %25.`,
    ],
    [
      flags('--data postgres://db/chat --bus nats://a:x%y@broker'),
      `bus (flag --bus): expected ${BUSES}, got "nats://a:…@broker"; a % in it is written %25.`,
    ],
    [
      flags('--data postgres://me:secret@db:port/chat'),
      `data (flag --data): expected ${DATA}, got "postgres://me:…@db:port/chat".`,
    ],
    [
      flags('--data postgress://me:secret@db/chat'),
      `data (flag --data): expected ${DATA}, got "postgress://me:…@db/chat"; did you mean postgres://?`,
    ],
    [
      { env: { ROOMFUL_DATA: 'POSTGRES://me:sec/r@t@db/chat?password=secret' } },
      `data (environment variable ROOMFUL_DATA): expected ${DATA}, got "POSTGRES://me:…@db/chat?…"; did you mean postgres://?`,
    ],
    [
      file('{"data": "postgres:/me:secret@db/chat"}'),
      `data (file /srv/chat/roomful.json): expected ${DATA}, got "postgres:/me:…@db/chat".`,
    ],
    [
      flags('--data redis://:secret@broker:6379'),
      `data (flag --data): expected ${DATA}, got "redis://:…@broker:6379".`,
    ],
    [flags('--data file:///srv/chat'), `data (flag --data): expected ${DATA}, got "file:///srv/chat".`],
    [
      flags('--data postgres://db/chat --bus rabbitmq://me:secret@broker'),
      `bus (flag --bus): expected ${BUSES}, got "rabbitmq://me:…@broker".`,
    ],
    [
      flags('--data postgres://db/chat --bus redi://me:secret@broker'),
      `bus (flag --bus): expected ${BUSES}, got "redi://me:…@broker"; did you mean redis://?`,
    ],
    [
      flags('--bus kafka://me:secret@broker'),
      `bus (flag --bus): expected ${BUSES}, got "kafka://me:…@broker".`,
    ],
    [flags('--bus nats://secret@'), `bus (flag --bus): expected ${BUSES}, got "nats://…@".`],
    [flags('--bus redis'), `bus (flag --bus): expected ${BUSES}, got "redis".`],
    [
      flags('--bus redis://me:secret@broker:6379'),
      'bus (flag --bus): redis://broker:6379 is for servers that share a history: give data a PostgreSQL database (default: /srv/chat/data), or leave bus out.',
    ],
  ])('%j', ({ argv = [], env = {}, files = new Map<string, string>() }, sentence) => {
    const readFile = (path: string): string => {
      const text = files.get(path)
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    }
    expect(() => loadSettings({ argv, env, cwd: '/srv/chat', readFile })).toThrow(
      expect.objectContaining({ name: 'SettingsError', message: sentence }),
    )
  })
})
