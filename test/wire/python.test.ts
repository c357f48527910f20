import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../support/server.ts'

const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('python_client.py', import.meta.url))
const installed = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
const required = process.env['CI'] === 'true'

let server: RunningServer
const seen = new Map<string, unknown>()

/** Needs Debian's python3-websockets. Without it the tests are skipped, unless CI is true. */
describe.skipIf(!installed && !required)("Python's websockets", () => {
  beforeAll(async () => {
    server = await startServer({ args: ['--heartbeat-interval', '1'] })
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, server.wsUrl], { encoding: 'utf8' })
    for (const line of stdout.trim().split('\n')) {
      const step: unknown = JSON.parse(line)
      if (typeof step !== 'object' || step === null || !('step' in step) || !('value' in step))
        throw new Error(line)
      seen.set(String(step.step), step.value)
    }
  })
  afterAll(() => server.kill())

  it('EP1: echoes text and binary', () => {
    expect(seen.get('echo text')).toBe('Echo: 你好')
    expect(seen.get('echo binary')).toEqual([0, 255, 128])
    expect(seen.get('echo pieces')).toBe('Echo: in three pieces')
    expect(seen.get('echo pong')).toBe(true)
    expect(seen.get('echo close')).toBe(1000)
  })

  it('WE1, WE2 and WE3: is welcomed', () => {
    expect(seen.get('welcome named')).toMatchObject({
      type: 'system',
      message: '歡迎 Bob 加入聊天室！',
      username: 'Bob',
      connected_count: 1,
      connected_users: ['Bob'],
    })
    expect(seen.get('welcome anonymous')).toMatchObject({ message: '歡迎加入聊天室！', connected_count: 2 })
    expect(seen.get('welcome heartbeat')).toMatchObject({
      message: '歡迎 小明 加入聊天室（已啟用心跳檢測）！',
      heartbeat_interval: 1,
      connected_users: ['Bob', '小明'],
    })
  })

  it('JL1 and JL2: sees who comes and goes', () => {
    expect(seen.get('join')).toMatchObject({ message: '有新用戶加入聊天室', connected_count: 2 })
    expect(seen.get('leave')).toMatchObject({ message: '小明 離開了聊天室', connected_count: 2 })
  })

  it('MS1 and EP2: chats', () => {
    expect(seen.get('message')).toMatchObject({
      type: 'message',
      username: '小明',
      message: '大家好',
      seq: 1,
    })
    expect(seen.get('message to guest')).toEqual(seen.get('message'))
    expect(seen.get('message of guest')).toMatchObject({ username: 'Py', message: 'hi', seq: 2 })
  })

  it('PM1 and PM2: whispers', () => {
    expect(seen.get('private')).toMatchObject({ type: 'private', from: '小明', message: 'psst' })
    expect(seen.get('confirmation')).toMatchObject({ type: 'confirmation', message: '私訊已發送給 Bob' })
  })

  it('HB1, HB3, ST1 and ER1: is kept alive and told', () => {
    expect(seen.get('heartbeat_ack')).toMatchObject({ type: 'heartbeat_ack' })
    expect(seen.get('ping')).toMatchObject({ type: 'ping' })
    expect(seen.get('status')).toMatchObject({
      connected_count: 3,
      connected_users: ['Bob', '小明'],
      status: 'active',
    })
    expect(seen.get('error')).toMatchObject({ message: 'Invalid message format', code: 'bad_message' })
  })
})
