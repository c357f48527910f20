// Two people in the shop's chat, with the SDK: node client.mjs http://SHOP:PORT http://ROOMFUL:PORT
import { createClient } from '@roomful/client'
import { WebSocket } from 'ws'

const [SHOP, ROOMFUL] = process.argv.slice(2)

/** Enters and resolves with the person, whose `hear` waits for what was told. */
async function enter(username, room) {
  const token = async () => (await (await fetch(`${SHOP}/token?username=${username}`)).json()).token
  const client = createClient({ url: ROOMFUL, username, room, token, WebSocket })
  const told = []
  const waiting = []
  const tell = (kind, data) => {
    told.push([kind, data])
    for (const look of waiting.splice(0)) look()
  }
  client.onMessage((message) => tell('message', message))
  client.onPrivate((message) => tell('private', message))
  client.onSystem((notice) => tell(notice.event, notice))
  const hear = async (kind) => {
    for (;;) {
      const place = told.findIndex(([each]) => each === kind)
      if (place !== -1) return told.splice(place, 1)[0][1]
      await new Promise((resolve) => waiting.push(resolve))
    }
  }
  client.connect()
  await hear('welcome')
  return { username, client, hear }
}

const alice = await enter('Alice', 'garden')
const bob = await enter('Bob', 'garden')
console.log('Alice hears:', (await alice.hear('join')).username, 'joined')

await alice.client.send('Hello')
for (const person of [alice, bob]) {
  const { username, message } = await person.hear('message')
  console.log(`${person.username} reads: ${username}: ${message}`)
}

await bob.client.whisper('Alice', 'psst')
const secret = await alice.hear('private')
console.log(`Alice alone reads: ${secret.from}: ${secret.message}`)

const body = JSON.stringify({ room: 'garden', message: 'We close at six' })
await fetch(`${SHOP}/announce`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
const { username, message } = await bob.hear('message')
console.log(`Bob reads: ${username}: ${message}`)

bob.client.disconnect()
console.log('Alice hears:', (await alice.hear('leave')).username, 'left')
alice.client.disconnect()
