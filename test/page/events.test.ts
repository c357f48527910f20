/** Server-sent events in a real browser, whose `EventSource` comes back by itself. */
import { rm } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { hasBrowser, startBrowser } from '../support/browser.ts'
import { makeDataFolder, startServer } from '../support/server.ts'

const dataFolder = await makeDataFolder()
afterAll(() => rm(dataFolder, { recursive: true, force: true }))

async function publish(url: string, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++)
    await fetch(`${url}/api/v1/rooms/lobby/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: `m${i}` }),
    })
}

describe.skipIf(!hasBrowser)('an EventSource', () => {
  it('SS3, SS7: hears everything once across a planned restart, without a line of code for it', async () => {
    const first = await startServer({ dataFolder })
    const browser = await startBrowser()
    const { page } = await browser.open()
    const heard: string[] = []
    const opened: number[] = []
    await page.exposeFunction('note', (text: string) => (text === 'open' ? opened.push(1) : heard.push(text)))
    await page.goto(`${first.url}/chat`)
    await page.evaluate(() => {
      const source = new EventSource('/api/v1/rooms/lobby/events')
      source.addEventListener('open', () => window.note?.('open'))
      source.addEventListener('message', ({ data }) => {
        const frame: unknown = JSON.parse(String(data))
        if (typeof frame === 'object' && frame !== null && 'message' in frame)
          window.note?.(String(frame.message))
      })
    })
    await expect.poll(() => opened.length).toBe(1)
    await publish(first.url, 1, 3)
    await expect.poll(() => heard.length).toBe(3)
    expect(await first.stop()).toBe(0)
    const second = await startServer({ dataFolder, args: ['--port', String(first.port)] })
    await publish(second.url, 4, 6)
    await expect.poll(() => opened.length).toBe(2)
    await publish(second.url, 7, 7)
    await expect.poll(() => heard.at(-1)).toBe('m7')
    expect(heard).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'])
    await browser.close()
    await second.stop()
  })
})
