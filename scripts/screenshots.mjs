/**
 * Takes pictures of the chat page: a realistic conversation on the built server, in both languages, light and dark,
 * on a desktop and a phone. `node scripts/screenshots.mjs [FOLDER]`; the default folder is `.cache/screenshots`.
 * With `--docs` the pictures of the README are renewed as well.
 */
import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { WebSocket } from 'ws'
import { freePort } from '../packages/server/testing/daemon.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const forDocs = process.argv.includes('--docs')
const folder =
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? join(root, '.cache/screenshots')
const MINUTE = 60_000

/** Minutes before now, who, what; a third name makes it private, `true` marks a newcomer. */
/** @type {Record<string, Conversation>} */
const CONVERSATIONS = {
  'zh-Hant': {
    room: '讀書會',
    me: '小美',
    others: ['阿德', '小明', 'Alice'],
    lines: [
      [-26 * 60, '阿德', '這週讀第三章，大家讀完了嗎？'],
      [-26 * 60 + 2, '小明', '讀到一半，後面的例子有點難。'],
      [-34, '阿德', '早安！今天晚上八點線上討論，可以嗎？'],
      [
        -31,
        '小美',
        '可以，我先貼筆記：\n1. 房間就是一本日誌\n2. 連線就是一枚書籤\n3. 斷線後從書籤的地方接著讀',
      ],
      [-12, '小明', '這個比喻很好懂！'],
      [-11, '小明', '那如果兩個人同時說話，順序怎麼決定？'],
      [-9, '阿德', '每則訊息都有編號 1、2、3…，大家看到的順序都一樣。'],
      [-5, '小明', '我晚上可能會晚十分鐘到，先跟你說一聲', '小美'],
      [-4, '小美', '沒問題，我會幫你留筆記', '小明'],
      [-1, 'Alice', 'See you all at eight'],
    ],
    draft: '好，那就八點見！',
  },
  en: {
    room: 'book-club',
    me: 'Carol',
    others: ['Alice', 'Bob', '小美'],
    lines: [
      [-26 * 60, 'Alice', 'Chapter three this week. How far did everyone get?'],
      [-26 * 60 + 2, 'Bob', 'Halfway. The later examples are hard going.'],
      [-34, 'Alice', 'Morning! Call tonight at eight, does that suit everybody?'],
      [
        -31,
        'Carol',
        'Yes. Here is my summary:\n1. A room is a log\n2. A connection is a bookmark in it\n3. After a break one reads on from the bookmark',
      ],
      [-12, 'Bob', 'That picture helps a lot!'],
      [-11, 'Bob', 'And when two people talk at once, who comes first?'],
      [-9, 'Alice', 'Every message gets a number, the same for everybody.'],
      [-5, 'Bob', 'I may be ten minutes late tonight, just so you know', 'Carol'],
      [-4, 'Carol', 'No problem, I’ll keep notes for you', 'Bob'],
      [-1, '小美', '晚上八點見'],
    ],
    draft: 'Great, see you at eight!',
  },
}

const DESKTOP = { width: 1280, height: 880 }
const PHONE = { width: 390, height: 844 }

async function startServer() {
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'roomful-pictures-'))
  const flags = ['--port', String(port), '--data', data, '--rate-limit', 'off']
  const child = spawn(process.execPath, [join(root, 'packages/server/bundle/main.js'), ...flags], {
    stdio: 'inherit',
  })
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 20_000
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline || child.exitCode !== null)
      throw new Error('the server does not start; is it built?')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await rm(data, { recursive: true, force: true })
    },
  }
}

/**
 * @typedef {object} Guest
 * @property {string} token
 * @property {(text: string, at: number, to?: string) => Promise<void>} say
 * @property {() => Promise<void>} leave
 *
 * @typedef {object} Conversation
 * @property {string} room
 * @property {string} me
 * @property {string[]} others
 * @property {(readonly [number, string, string] | readonly [number, string, string, string])[]} lines
 * @property {string} draft
 *
 * @typedef {import('playwright-core').Page} Page
 */

/**
 * Somebody in the room, without a browser.
 * @param {string} url
 * @param {string} room
 * @param {string} name
 * @param {string} [token]
 * @returns {Promise<Guest>}
 */
function enter(url, room, name, token) {
  const address = `${url.replace('http', 'ws')}/ws/chat/${encodeURIComponent(name)}?room=${encodeURIComponent(room)}`
  const protocols = ['roomful.v1', ...(token === undefined ? [] : [`roomful.resume.${token}`])]
  const socket = new WebSocket(address, protocols)
  const waiting = new Map()
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data))
      if (frame.event === 'welcome')
        resolve({
          token: frame.resume_token,
          say: (text, at, to) =>
            new Promise((/** @type {(value: void) => void} */ done) => {
              const client_id = crypto.randomUUID()
              waiting.set(client_id, done)
              const message = {
                type: 'message',
                message: text,
                timestamp: new Date(at).toISOString(),
                client_id,
              }
              socket.send(JSON.stringify(to === undefined ? message : { ...message, target_user: to }))
            }),
          leave: () =>
            new Promise((/** @type {(value: void) => void} */ done) => {
              socket.once('close', () => done())
              socket.close()
            }),
        })
      if (frame.type === 'ack') waiting.get(frame.client_id)?.()
      if (frame.type === 'error') reject(new Error(frame.message))
    })
  })
}

/**
 * The conversation as it lies in the history, with everybody but the reader still in the room.
 * @param {string} url
 * @param {Conversation} conversation
 */
async function stage(url, { room, me, others, lines }) {
  /** @type {Map<string, Guest>} */
  const people = new Map()
  for (const name of [...others, me]) people.set(name, await enter(url, room, name))
  const now = Date.now()
  for (const [minutes, author, text, to] of lines)
    await people.get(author)?.say(text, now + minutes * MINUTE, to)
  const mine = people.get(me)
  if (mine === undefined) throw new Error('nobody is here')
  await mine.leave()
  people.delete(me)
  return { people, token: mine.token }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {{ lang: string, scheme: 'light' | 'dark', size: { width: number, height: number }, phone: boolean }} look
 * @param {Conversation} conversation
 * @param {string} [token]
 */
async function openPage(browser, url, { lang, scheme, size, phone }, { room, me }, token) {
  const context = await browser.newContext({
    viewport: size,
    deviceScaleFactor: 2,
    colorScheme: scheme,
    locale: lang === 'en' ? 'en-US' : 'zh-TW',
    hasTouch: phone,
  })
  const page = await context.newPage()
  await page.goto(`${url}/chat?room=${encodeURIComponent(room)}`)
  if (token !== undefined)
    await page.evaluate(
      (/** @type {string[]} */ [name, value, origin]) =>
        localStorage.setItem(`roomful.roomful.resume ${name}@${origin}`, String(value)),
      [me, token, url],
    )
  return { context, page }
}

/** @param {Page} page @param {string} name */
async function comeIn(page, name) {
  await page.locator('input[name=username]').fill(name)
  await page.locator('button.primary').click()
  await page.locator('.transcript').waitFor()
}

/** @param {Page} page @param {string} name */
async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(250)
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path })
  return path
}

await mkdir(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--no-first-run',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const server = await startServer()
try {
  for (const [lang, conversation] of Object.entries(CONVERSATIONS)) {
    const { people, token } = await stage(server.url, conversation)
    const [first = ''] = conversation.others
    for (const scheme of /** @type {const} */ (['light', 'dark']))
      for (const device of ['desktop', 'phone']) {
        const look = { lang, scheme, size: device === 'phone' ? PHONE : DESKTOP, phone: device === 'phone' }
        const name = [device, lang === 'en' ? 'en' : 'zh', scheme].join('-')
        const { context, page } = await openPage(browser, server.url, look, conversation, token)
        await shoot(page, `${name}-join`)
        await comeIn(page, conversation.me)
        await page.locator('.message').nth(6).waitFor()
        await page.locator('textarea').fill(conversation.draft)
        const path = await shoot(page, name)
        if (forDocs && device === 'desktop' && scheme === 'light')
          await copyFile(path, join(root, `docs/images/chat-${lang === 'en' ? 'en' : 'zh'}.png`))
        await page.locator('textarea').fill('')
        if (device === 'phone') await page.locator('.bar [aria-expanded]').click()
        await page.locator('.people button', { hasText: first }).click()
        await shoot(page, `${name}-person`)
        await page.locator('.card .whisper:visible').click()
        await page
          .locator('textarea')
          .fill(lang === 'en' ? 'Just between us: well done!' : '偷偷跟你說：做得好！')
        await shoot(page, `${name}-whisper`)
        await page.keyboard.press('Escape')
        if (device === 'phone') {
          await page.locator('.tight').click()
          await shoot(page, `${name}-menu`)
          await page.locator('.menu .action').first().click()
        } else await page.locator('.roomy .action').first().click()
        await page.locator('.qr path').waitFor()
        await shoot(page, `${name}-share`)
        await page.keyboard.press('Escape')
        await context.close()
      }
    for (const person of people.values()) await person.leave()
  }
} finally {
  await browser.close()
  await server.stop()
}
