/** The thread of `probe.mjs`. */
import { parentPort } from 'node:worker_threads'
import { statusOf } from './status.mjs'
import { TooLate, until } from './wait.mjs'

const port = parentPort
if (port === null) throw new Error('This file is the entry of a worker thread')

port.on('message', (/** @type {{ url: string, withinMs: number }} */ { url, withinMs }) => {
  const started = performance.now()
  until('it is ready', async () => (await statusOf(url, withinMs)) === 200, withinMs).then(
    () => port.postMessage(performance.now() - started),
    (error) => {
      if (!(error instanceof TooLate)) throw error
      port.postMessage(null)
    },
  )
})
