/** What starts the servers that tests use: a port that nobody takes by chance, and an error that says what became of it. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { Daemon, freePort } from '../packages/server/testing/daemon.mjs'

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'

it.runIf(existsSync(RANGE))(
  'a free port is not one that the kernel gives to whoever does not care',
  async () => {
    const first = Number.parseInt(readFileSync(RANGE, 'utf8'), 10)
    const ports = await Promise.all(Array.from({ length: 20 }, freePort))
    if (first < 12_000) return
    expect(Math.max(...ports)).toBeLessThan(first)
    expect(Math.min(...ports)).toBeGreaterThan(10_080)
    const taken = createServer().listen(ports[0], '127.0.0.1')
    await once(taken, 'listening')
    taken.close()
  },
)

it('one that ends by itself is started again, and the error says how it ended and what it wrote', async () => {
  const daemon = new Daemon(
    {
      name: 'mortal',
      program: process.execPath,
      args: () => ['-e', 'console.error("the disk is on fire"); process.exit(3)'],
      ready: { say: '', answers: ['never'] },
    },
    { port: await freePort() },
  )
  await expect(daemon.start(2)).rejects.toThrow(
    /^mortal is not ready on port \d+ after 2 starts, the last of which ended by itself with exit code 3:\nthe disk is on fire\n$/,
  )
  await daemon.remove()
})
