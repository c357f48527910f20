import { chromium } from 'playwright-core'
import { FaultProxy } from '../proxy/proxy.mjs'
import { Scene } from '../harness/scene.mjs'
import { sleep, TooLate, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('playwright-core').Page} Page */

const TIMES = 200
const NAME = 'Reloader'

/** Share of the times in which the tab ends without a word, and another one is opened; and of those in which its process is killed. */
const KILLED = 0.3
const CRASHED = 0.5

/** Share of the times in which what was sent is swallowed on its way. */
const SWALLOWED = 0.4

/** Acks take so long that many are on their way when the page goes. */
const LATENCY = { latencyMs: 30, jitterMs: 40 }

/** How long it may take until all that the page had taken is stored, and until it shows itself. */
const DELIVERED_WITHIN_MS = 30_000

const FORM = { timeout: 1_000 }

/** A real page is reloaded or killed while it sends. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function reload({ seed, scale, mutant }) {
  const times = Math.max(3, Math.round(TIMES * scale))
  const scene = await Scene.open({ seed, mutant })
  const { random, server } = scene
  const proxy = await FaultProxy.open({ to: server.port, random: random.next })
  proxy.set(LATENCY)
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const [observer] = await scene.addSlims(2)
    await scene.addSpeakers(1)
    const author = { name: NAME, sent: /** @type {import('../checker.mjs').Sent[]} */ ([]) }
    scene.authors.push(author)
    const context = await browser.newContext({ locale: 'en-US' })
    context.setDefaultTimeout(20_000)
    const url = `http://127.0.0.1:${proxy.port}/chat?room=torture`
    let page = await enter(await context.newPage(), url)
    let kills = 0
    let crashes = 0
    let swallowed = 0
    let shownTwice = 0
    for (let time = 0; time < times; time++) {
      // Nothing of it leaves the machine before the page goes.
      const isSwallowed = random.next() < SWALLOWED
      proxy.set({ blackHole: isSwallowed }, 'up')
      for (let left = random.between(1, 4); left > 0; left--) {
        const text = scene.text()
        await say(page, text)
        author.sent.push({ text, to: null })
      }
      await sleep(random.between(0, 60))
      scene.faults += 1
      if (isSwallowed) {
        swallowed += 1
        proxy.cut()
        proxy.set({ blackHole: false }, 'up')
      }
      if (random.next() < KILLED) {
        kills += 1
        if (random.next() < CRASHED) {
          crashes += 1
          await crash(page)
        }
        await page.close({ runBeforeUnload: false })
        page = await context.newPage()
      }
      await enter(page, url)
      shownTwice += doubles(await textsIn(page))
    }
    const stored = () => new Set(observer?.room.filter(({ from }) => from === NAME).map(({ text }) => text))
    const missing = () => author.sent.filter(({ text }) => !stored().has(text)).length
    await until('all of it is stored', () => missing() === 0, DELIVERED_WITHIN_MS, 100).catch(() => {})
    await sleep(500)
    shownTwice += doubles(await textsIn(page))
    const verdict = await scene.judge({ acks: 0, faults: times })
    return {
      verdict,
      figures: [
        { name: 'reloads and kills of the page', value: scene.faults, exactly: times },
        { name: 'of them tabs ended and opened anew', value: kills },
        { name: 'of those by a kill of their process', value: crashes },
        { name: 'times in which what it sent was swallowed', value: swallowed },
        { name: 'messages that it took', value: author.sent.length, atLeast: times },
        { name: 'lost', value: missing(), exactly: 0 },
        { name: 'stored', value: observer?.room.length ?? 0, exactly: author.sent.length },
        { name: 'shown twice', value: shownTwice, exactly: 0 },
      ],
    }
  } finally {
    await browser.close()
    await scene.close()
    await proxy.close()
  }
}

/** Loads it anew, and enters the room unless it does so by itself. @param {Page} page @param {string} url */
async function enter(page, url) {
  await page.goto(url)
  const isIn = page.locator('.bar .dot.on')
  const name = page.locator('input[name=username]')
  await isIn.or(name).first().waitFor()
  if (await name.isVisible()) {
    // The form goes away by itself where the page knows who it was.
    await name.fill(NAME, FORM).catch(() => {})
    await name.press('Enter', FORM).catch(() => {})
  }
  await isIn.waitFor()
  return page
}

/** Kills the process of the page. @param {Page} page */
async function crash(page) {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // Nobody is left to answer it.
  session.send('Page.crash').catch(() => {})
  await crashed
}

/** Says it and waits until the page shows that it has taken it. @param {Page} page @param {string} text */
async function say(page, text) {
  const field = page.locator('.composer textarea')
  await field.fill(text)
  await field.press('Enter')
  try {
    await page.getByText(text, { exact: true }).first().waitFor()
  } catch {
    throw new TooLate(`${text} is not shown; the field holds "${await field.inputValue()}"`)
  }
}

/** @param {Page} page */
const textsIn = (page) => page.locator('.message:not(.system) .text').allTextContents()

/** @param {readonly string[]} texts */
const doubles = (texts) => texts.length - new Set(texts).size
