import { describe, expect, it } from 'vitest'
import { banner, type Running } from './banner.ts'
import { listenFault } from './listen-fault.ts'

const running = (settings: Partial<Running['settings']>, more: Partial<Running> = {}): string =>
  banner({
    settings: {
      host: '127.0.0.1',
      data: '/srv/data',
      bus: 'auto',
      lang: 'en',
      ...settings,
    },
    hasProxy: false,
    workers: 1,
    version: '1.2.3',
    port: 8000,
    networkAddresses: ['192.168.1.5', '10.0.0.2'],
    nodeVersion: 'v24.1.0',
    ...more,
  })

describe('the banner', () => {
  it('shows the links, the data folder, the language and how to share', () => {
    expect(running({})).toBe(`Roomful 1.2.3 is running.

  Chat: http://localhost:8000/chat
  API documentation: http://localhost:8000/docs
  Data folder: /srv/data
  Language: English (--lang zh-Hant 使用繁體中文)

  Only this machine can connect. To share on the network: --host 0.0.0.0
  Stop with Ctrl+C.
`)
  })

  it('advises nobody to go round a proxy', () => {
    expect(running({}, { hasProxy: true })).not.toContain('--host')
  })

  it('shows how many workers there are when there are several', () => {
    expect(running({})).not.toContain('Workers')
    expect(running({}, { workers: 4 })).toContain('  Workers: 4\n')
    expect(running({ lang: 'zh-Hant' }, { workers: 4 })).toContain('  工作行程: 4\n')
  })

  it.each(['0.0.0.0', '::'])('on %s shows the addresses for others', (host) => {
    const text = running({ host })
    expect(text).toContain('  Chat: http://localhost:8000/chat\n')
    expect(text).toContain('  For others in the network: http://192.168.1.5:8000/chat\n')
    expect(text).toContain('  For others in the network: http://10.0.0.2:8000/chat\n')
    expect(text).not.toContain('--host 0.0.0.0')
  })

  it('shows an address that was chosen', () => {
    expect(running({ host: '192.168.1.5' })).toContain('http://192.168.1.5:8000/chat')
    expect(running({ host: 'fe80::1' })).toContain('http://[fe80::1]:8000/chat')
  })

  it('says when nothing is kept', () => {
    expect(running({ data: ':memory:' })).toContain('Data folder: none, nothing is kept (:memory:)')
  })

  it('shows a database without its password', () => {
    const data = 'postgresql://me:secret@db:5433/chat?sslmode=require'
    expect(running({ data })).toContain('  Database: postgresql://me@db:5433/chat\n')
    expect(running({ data: 'postgres:///chat', lang: 'zh-Hant' })).toContain('  資料庫: postgres:///chat\n')
  })

  it('shows a broker without user, password and token', () => {
    const data = 'postgres://db/chat'
    expect(running({ data, bus: 'amqp://me:secret@broker:5672/chat' })).toContain(
      '  Bus: amqp://broker:5672/chat\n',
    )
    expect(running({ data, bus: 'nats://token@broker', lang: 'zh-Hant' })).toContain(
      '  節點匯流排: nats://broker\n',
    )
    expect(running({ data })).not.toContain('Bus')
  })

  it('speaks Traditional Chinese', () => {
    const text = running({ lang: 'zh-Hant' }, { nodeVersion: 'v20.20.2' })
    for (const part of [
      '已啟動',
      '聊天室: http://localhost:8000/chat',
      '區域網路',
      'Node.js v20.20.2 已停止維護',
      '按 Ctrl+C 停止',
    ])
      expect(text).toContain(part)
  })

  it.each([
    ['v20.20.2', true],
    ['v22.0.0', false],
    ['v26.0.0', false],
  ])('warns of an old Node.js: %s, %s', (nodeVersion, isOld) => {
    expect(running({}, { nodeVersion }).includes('is no longer maintained')).toBe(isOld)
  })
})

describe('why the server cannot listen', () => {
  it.each([
    [
      'EADDRINUSE',
      'Port 80 on 10.0.0.1 is already in use: stop the program that uses it, or choose another port with --port.',
    ],
    ['EACCES', 'Port 80 may not be opened by this user: choose a port above 1023 with --port.'],
    [
      'EADDRNOTAVAIL',
      'This machine has no address 10.0.0.1: choose one of its own with --host, or 0.0.0.0 for all of them.',
    ],
    ['ENOTFOUND', 'The host name 10.0.0.1 is not known: choose an address of this machine with --host.'],
    ['EMFILE', 'Cannot listen on port 80 of 10.0.0.1 (EMFILE): choose others with --port and --host.'],
  ])('%s', (code, sentence) => {
    expect(listenFault(Object.assign(new Error('x'), { code }), { host: '10.0.0.1', port: 80 })).toBe(
      sentence,
    )
  })
})
