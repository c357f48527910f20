/** The unit of systemd, judged by systemd's own analyser and held against the server's settings. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../packages/server/src/config/load.ts'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'

const FOLDER = fileURLToPath(new URL('../../deploy/systemd/', import.meta.url))
const UNIT = join(FOLDER, 'roomful.service')
const unit = readFileSync(UNIT, 'utf8')

/** Exposure of 10 in the words of `systemd-analyze security --threshold`: 1.5. A service as it comes has 9.2 or more. */
const THRESHOLD = '15'

const required = process.env['CI'] === 'true'
const has = pathOfProgram('systemd-analyze') !== null

/** Every value of a directive, in order. */
const values = (name: string): string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))

function analyze(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, '--no-pager'], {
    encoding: 'utf8',
  })
  return { status, said: `${stdout}${stderr}` }
}

describe('deploy/systemd', () => {
  it('gives settings that the server takes, and time to drain', () => {
    const lines = [...readFileSync(join(FOLDER, 'roomful.env'), 'utf8').split('\n'), ...values('Environment')]
    const pairs = lines
      .filter((line) => !line.startsWith('#'))
      .flatMap((line) => [...line.matchAll(/(\w+)=(\S*)/g)])
      .map(([, name = '', value = '']): [string, string] => [name, value])
    const env = { ...Object.fromEntries(pairs), ROOMFUL_JWT_SECRET: randomBytes(48).toString('base64') }
    const settings = loadSettings({
      argv: [],
      env,
      cwd: '/var/lib/roomful',
      readFile: () => {
        throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      },
    })
    expect(settings).toMatchObject({
      data: values('WorkingDirectory')[0],
      auth: 'jwt',
      trustedProxies: ['loopback'],
    })
    expect(values('StateDirectory')).toEqual(['roomful'])
    expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThan(settings.drainTimeout + 4)
    expect(Number(values('LimitNOFILE')[0])).toBeGreaterThan(settings.maxConnections)
    // Without it a server cannot list its addresses, and does not start.
    expect(values('RestrictAddressFamilies').join()).toContain('AF_NETLINK')
    expect(values('ExecStart')).toEqual(['/usr/bin/node /opt/roomful/packages/server/bundle/main.js'])
  })

  it.runIf((process.getBuiltinModule('node:sqlite') as unknown) === undefined)(
    'copied to a Node.js without SQLite ends with the code after which the unit gives up',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'roomful-copied-'))
      const server = join(FOLDER, '../../packages/server')
      await cp(join(server, 'bundle'), join(folder, 'packages/server/bundle'), { recursive: true })
      await cp(join(server, 'package.json'), join(folder, 'packages/server/package.json'))
      const program = join(folder, 'packages/server/bundle/main.js')
      const { status, stderr } = spawnSync(process.execPath, [program, '--port', '0', '--data', folder], {
        encoding: 'utf8',
      })
      await rm(folder, { recursive: true })
      expect(stderr).toContain('use Node.js 22.13 or newer, keep the history in PostgreSQL')
      expect(values('RestartPreventExitStatus')).toEqual([String(status)])
    },
  )

  // Without systemd-analyze (Debian: systemd) these are skipped, unless CI is true.
  describe.skipIf(!has && !required)('as systemd-analyze sees it', () => {
    it('is exposed less than 1.5 of 10', async () => {
      const found = analyze('security', '--offline=true', `--threshold=${THRESHOLD}`, UNIT)
      expect(found.said).toMatch(/Overall exposure level for roomful\.service: [01]\.\d/)
      expect(found.status).toBe(0)

      const folder = await mkdtemp(join(tmpdir(), 'roomful-systemd-'))
      const bare = join(folder, 'roomful.service')
      await writeFile(bare, '[Service]\nExecStart=/bin/true\n')
      expect(analyze('security', '--offline=true', `--threshold=${THRESHOLD}`, bare).status).toBe(1)
      await rm(folder, { recursive: true })
    })

    it('has no line that systemd does not know', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'roomful-systemd-'))
      const file = join(folder, 'roomful.service')
      // A program that is on every machine: that it is there is looked at, too.
      const here = unit.replace('/usr/bin/node', process.execPath)
      await writeFile(file, here)
      expect(analyze('verify', '--man=no', file)).toEqual({ status: 0, said: '' })
      await writeFile(file, here.replace('ProtectSystem=', 'ProtectSistem='))
      expect(analyze('verify', '--man=no', file).said).toMatch(/Unknown key .*'ProtectSistem'/)
      await rm(folder, { recursive: true })
    })
  })
})
