/** The commands of docs/upgrading.md, and those of others for systemd, run by a shell in a folder of their own, with programs that only leave a trace. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))

const blocksOf = (name: string): string[] =>
  [...readFileSync(join(DOCS, name), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] ?? '',
  )

const [upgrade = '', back = '', restore = '', container = '', containerBack = ''] = blocksOf('upgrading.md')
const install = blocksOf('deploy.md').find((block) => block.includes('systemctl enable')) ?? ''
const ofOperations = blocksOf('operations.md').find((block) => block.includes('systemctl start')) ?? ''

/** Each by what it does in the place of the program. `docker` keeps a file by container. */
const PROGRAMS: Readonly<Record<string, string>> = {
  sudo: 'exec "$@"',
  npm: 'test ! -e fail-npm',
  // The port listens a moment after the service is said to have started.
  curl: 'case "$*" in *--retry-connrefused*) ;; *) exit 7 ;; esac',
  openssl: 'echo x >> secrets; printf "secret-%06d\\n" "$(wc -l < secrets)"',
  systemctl: 'echo "systemctl $*" >> trace',
  // A second never comes twice.
  date: 'echo x >> seconds; printf "20261126-%06d\\n" "$(wc -l < seconds)"',
  // As the program itself: a backup never takes the place of another one.
  node: 'test ! -e fail-node && case "$2" in backup) test -d "$(dirname "$3")" && test ! -e "$3" && cp "$1" "$3" ;; restore) test -f "$3" ;; esac',
  docker: `case "$1" in
    rename) test -e "c/$2" && test ! -e "c/$3" && mv "c/$2" "c/$3" ;;
    exec) shift 2; echo "$*" >> trace ;;
    stop) test -e "c/$2" ;;
    run) test ! -e c/roomful && date > c/roomful ;;
    ps) ls c | grep roomful-before- ;;
    esac`,
}

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'roomful-upgrade-'))
  for (const [name, script] of Object.entries(PROGRAMS)) {
    put(join('bin', name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(root, 'bin', name), 0o755)
  }
  put('opt/roomful/packages/server/bundle/main.js', 'version 0')
  put('packages/server/package.json', '{}')
  put('packages/web/dist/index.html', '')
  put('c/roomful', '')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** With a line after it, as in a terminal, which a step that failed must not keep from being read. */
function pasted(block: string): number {
  const here = block.replaceAll(/(?<=[ "=])\/(?:etc|opt|srv|usr)\//g, (path) => join(root, path, '/'))
  const script = here.replaceAll(join(root, 'usr/bin/'), join(root, 'bin/'))
  const path = `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`
  const { stdout } = spawnSync('sh', {
    cwd: root,
    input: `${script}echo "ended $?"\n`,
    env: { PATH: path },
    encoding: 'utf8',
  })
  return Number(/ended (\d+)\n$/.exec(stdout)?.[1])
}

const list = (folder: string): string[] => readdirSync(join(root, folder)).toSorted()
const running = (): string => readFileSync(join(root, 'opt/roomful/packages/server/bundle/main.js'), 'utf8')

function upgradeTo(version: number): number {
  put('packages/server/bundle/main.js', `version ${version}`)
  return pasted(upgrade)
}

it('installs a service, and pasted again leaves its secret as it is', () => {
  put('packages/server/bundle/main.js', 'version 1')
  const env = readFileSync(join(DOCS, '../deploy/systemd/roomful.env'), 'utf8')
  put('deploy/systemd/roomful.env', env)
  put('deploy/systemd/roomful.service', '')
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  for (let times = 0; times < 2; times++) {
    expect([pasted(install), running()]).toEqual([0, 'version 1'])
    expect(readFileSync(join(root, 'etc/roomful/roomful.env'), 'utf8')).toBe(
      env.replace('ROOMFUL_JWT_SECRET=', 'ROOMFUL_JWT_SECRET=secret-000001'),
    )
    expect(statSync(join(root, 'etc/roomful/roomful.env')).mode & 0o777).toBe(0o600)
  }
})

it('restores a service, and waits for it', () => {
  put('srv/backups/monday.db', '')
  expect(pasted(ofOperations)).toBe(0)
  expect(readFileSync(join(root, 'trace'), 'utf8')).toBe('systemctl stop roomful\nsystemctl start roomful\n')
})

it('upgrades a service three times, and goes back twice', () => {
  for (const version of [1, 2, 3]) expect([upgradeTo(version), running()]).toEqual([0, `version ${version}`])
  expect(list('opt')).toEqual(['roomful', ...[1, 2, 3].map((at) => `roomful.before-20261126-00000${at}`)])
  const backups = list('srv/backups')
  expect(backups).toEqual([1, 2, 3].map((at) => `before-20261126-00000${at}.db`))
  // Each was made by the version of before.
  expect(backups.map((name) => readFileSync(join(root, 'srv/backups', name), 'utf8'))).toEqual(
    [0, 1, 2].map((version) => `version ${version}`),
  )
  expect(list('opt/roomful')).toEqual(['packages'])
  for (const version of [2, 1]) expect([pasted(back), running()]).toEqual([0, `version ${version}`])
  expect(pasted(restore.replace('20261126-170650', '20261126-000002'))).toBe(0)
})

it.each(['fail-npm', 'fail-node'])(
  'stops a service for nothing when a step before has failed (%s)',
  (failure) => {
    put(failure, '')
    expect(upgradeTo(1)).not.toBe(0)
    expect(running()).toBe('version 0')
    expect(existsSync(join(root, 'trace'))).toBe(false)
  },
)

it('does not go back to what is not there', () => {
  expect(pasted(back)).not.toBe(0)
  expect(pasted(containerBack)).not.toBe(0)
  expect([running(), list('c')]).toEqual(['version 0', ['roomful']])
})

it('upgrades a container twice, and goes back', () => {
  for (let times = 0; times < 2; times++) expect(pasted(container)).toBe(0)
  expect(list('c')).toHaveLength(3)
  const backups = readFileSync(join(root, 'trace'), 'utf8').trim().split('\n')
  expect(new Set(backups).size).toBe(2)
  const newest = list('c').at(-1) ?? ''
  const before = readFileSync(join(root, 'c', newest), 'utf8')
  expect(pasted(containerBack)).toBe(0)
  expect(readFileSync(join(root, 'c/roomful'), 'utf8')).toBe(before)
})

it('has the same commands in both languages', () => {
  expect(blocksOf('upgrading.zh-TW.md')).toEqual(blocksOf('upgrading.md'))
  expect(blocksOf('deploy.zh-TW.md')).toContain(install)
  expect(blocksOf('operations.zh-TW.md')).toContain(ofOperations)
})
