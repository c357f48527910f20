import { expect, it, vi } from 'vitest'
import { channelContract } from '../../../testing/channel-contract.ts'
import { run, startPostgres } from '../../../testing/postgres.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { openPostgresChannel } from './postgres-bus.ts'

channelContract('the PostgreSQL bus', {
  isInstalled: true,
  startBroker: startPostgres,
  hasNames: false,
  open: (url, _, logger = keepingLogger()) => openPostgresChannel({ url, logger }),
  async say(url, _, texts) {
    for (const payload of texts.flatMap((text) => [text, `x 0 1 ${text}`]))
      await run(url, 'SELECT pg_notify($1, $2)', ['roomful', payload])
  },
  more(broker) {
    it('hands on what no hint is made of, to be refused, and takes what is incomplete or empty for nothing', async () => {
      const { url } = broker()
      const channel = await openPostgresChannel({ url, logger: keepingLogger() })
      const heard: string[] = []
      channel.onHint((hint) => heard.push(hint))
      for (const payload of [
        '',
        ' ',
        'x 0 2',
        'x -1 0 y',
        'x 1 2 y',
        'x 0 99999999 y',
        'y 1 2 y',
        'z 0 1 whole',
      ])
        await run(url, 'SELECT pg_notify($1, $2)', ['roomful', payload])
      await vi.waitFor(() => expect(heard).toEqual([' ', 'x 0 2', 'x -1 0 y', 'x 0 99999999 y', 'whole']), {
        timeout: 60_000,
      })
      await channel.close()
    })
  },
})
