import { connect } from 'amqplib'
import { expect, it } from 'vitest'
import { HAS, startRabbit } from '../../../testing/brokers.mjs'
import { channelContract } from '../../../testing/channel-contract.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import type { Logger } from '../../ports/logger.ts'
import { openRabbitChannel } from './rabbitmq-bus.ts'

const open = (url: string, name: string, logger: Logger = keepingLogger()) =>
  openRabbitChannel({ url, name, logger })

channelContract('the RabbitMQ bus', {
  isInstalled: HAS.rabbitmq,
  startBroker: startRabbit,
  open,
  async say(url, name, texts) {
    const connection = await connect(url)
    const channel = await connection.createConfirmChannel()
    for (const text of texts) channel.publish(name, '', Buffer.from(text))
    await channel.waitForConfirms()
    await connection.close()
  },
  more(broker) {
    it('says that it was not let in, or that a virtual host is not there', async () => {
      const { url } = broker()
      const wrong = url.replace('//', '//guest:wrong@')
      await expect(open(wrong, 'roomful.x')).rejects.toThrow('ACCESS_REFUSED')
      await expect(open(`${url}/nowhere`, 'roomful.x')).rejects.toThrow(
        'the virtual host nowhere is not there',
      )
      await (await open(url.replace('//', '//guest:guest@'), 'roomful.x')).close()
    })
  },
})

it.skipIf(!HAS.rabbitmq)('the RabbitMQ bus says that it may not speak', async () => {
  // Write is what binds its queue, too.
  const broker = await startRabbit({}, '-rabbit default_permissions [<<".*">>,<<"^amq">>,<<".*">>]')
  try {
    await expect(open(broker.url, 'roomful.x')).rejects.toThrow(
      /ACCESS_REFUSED - access to exchange 'roomful\.x'/,
    )
  } finally {
    await broker.remove()
  }
})
