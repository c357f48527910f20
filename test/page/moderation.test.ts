import { describe, expect, it } from 'vitest'
import { SECRET, tokenOf } from '../../packages/server/testing/tokens.ts'
import { expectNoViolations } from '../support/axe.ts'
import { hasBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('moderation in the chat page', () => {
  const stage = chatStage('--auth', 'jwt', '--jwt-secret', SECRET)

  const enter = async (room: string, claims: object): Promise<ChatPage> => {
    const chat = stage.keep(new ChatPage(await stage.browser.open({ context: { reducedMotion: 'reduce' } })))
    await chat.page.goto(`${stage.server.url}/chat?room=${room}#token=${tokenOf(claims)}`)
    await chat.inRoom()
    return chat
  }
  const enterBoth = async (): Promise<{ bob: ChatPage; root: ChatPage }> => {
    const room = freshRoom()
    const bob = await enter(room, { sub: 'u-2', name: 'Bob' })
    const root = await enter(room, { sub: 'root', name: 'Root', roomful_admin: true })
    await bob.say('buy now')
    await root.hears('buy now')
    return { bob, root }
  }
  const deed = async ({ page }: ChatPage, name: string): Promise<void> => {
    await page.locator('.row', { hasText: 'buy now' }).locator('.tools').click()
    await page.locator('.moderate button', { hasText: new RegExp(`^${name}`, 'u') }).click()
  }
  /** With the keyboard, as the focus is in the form already. */
  const agree = async ({ page }: ChatPage, reason: string): Promise<void> => {
    await page.locator('.terms select:focus').press('Tab')
    await page.keyboard.type(reason)
    await page.keyboard.press('Enter')
  }
  const gone = (chat: ChatPage, text: string) => chat.page.locator('.gone', { hasText: text }).waitFor()
  const list = async ({ page }: ChatPage): Promise<void> => {
    await page.locator('.bar').getByRole('button', { name: 'Moderate' }).click()
    await page.locator('.roomy .rules').getByRole('button', { name: 'Muted and banned' }).click()
  }

  it('MO4, MO6, MO8, MO9, MO10: mutes, slows down and deletes, and tells everybody in their language', async () => {
    const { bob, root } = await enterBoth()
    await deed(root, 'Mute')
    await agree(root, 'Spam')
    const strip = bob.page.locator('.silenced')
    await strip.waitFor()
    expect(await strip.textContent()).toMatch(/^You are muted here for (?:10|9) minutes more\.$/u)
    await expectNoViolations(bob.page, 'muted')
    const notice = (text: string) => bob.page.locator('.message.system', { hasText: text })
    await notice('Root muted Bob for 10 minutes: Spam').waitFor()
    await bob.page.locator('.roomy .segments button[lang=zh-Hant]').click()
    await notice('Root 將 Bob 禁言 10 分鐘：Spam').waitFor()
    await bob.page.locator('.roomy .segments button[lang=en]').click()
    await bob.say('still here')
    await bob.page.locator('.composer-hint', { hasText: 'stays here' }).waitFor()
    expect(await bob.field.inputValue()).toBe('still here')
    // After a reload the welcome tells.
    await bob.page.reload()
    await strip.waitFor()
    await deed(root, 'Unmute')
    await strip.waitFor({ state: 'detached' })
    await root.page.locator('.bar').getByRole('button', { name: 'Moderate' }).click()
    await root.page.locator('.roomy .rules select').selectOption('30')
    await root.page.locator('.restrictions', { hasText: 'one message every 30 seconds' }).waitFor()
    await expectNoViolations(root.page, 'settings of the room')
    await bob.page.locator('.restrictions', { hasText: 'Slow mode' }).waitFor()
    await deed(root, 'Delete as')
    await root.page.locator('.moderate button', { hasText: 'Really?' }).click()
    await gone(root, 'Removed by moderator Root')
    await gone(bob, 'Removed by moderator Root')
    await bob.page.reload()
    await gone(bob, 'Removed by moderator Root')
    await bob.page.locator('.roomy .segments button[lang=zh-Hant]').click()
    await gone(bob, '已由管理員 Root 移除')
  })

  it('MO5, MO7: whoever was put out may come back, unless the room is locked or they are banned', async () => {
    const { bob, root } = await enterBoth()
    const title = (text: string) => bob.page.locator('h1', { hasText: text })
    const press = (name: string) => bob.page.getByRole('button', { name, exact: true }).click()
    await deed(root, 'Remove from')
    await root.page.locator('.moderate button', { hasText: 'Really?' }).click()
    await title('You were removed from the room').waitFor()
    await expectNoViolations(bob.page, 'removed')
    await root.say('/mute')
    await root.page.locator('.after.failed', { hasText: 'Usage: /mute NAME' }).waitFor()
    await root.page.locator('.after.failed button', { hasText: 'Discard' }).click()
    await root.say('/lock')
    await root.page.locator('.restrictions', { hasText: 'Locked' }).waitFor()
    await press('Come back')
    await title('This room is locked').waitFor()
    await root.say('/unlock')
    await root.page.locator('.restrictions').waitFor({ state: 'detached' })
    await press('Try again')
    await bob.inRoom()
    await root.say('/kick Bob <b>Rude</b>')
    await bob.page.getByText('Reason: <b>Rude</b>').waitFor()
    await press('Come back')
    await bob.inRoom()
    await deed(root, 'Ban from')
    await expectNoViolations(root.page, 'ban')
    await agree(root, 'Ads')
    await title('You are banned here').waitFor()
    await bob.page.getByText('Reason: Ads').waitFor()
    // Who comes anew is told so too.
    await bob.page.reload()
    await title('You are banned here').waitFor()
    await list(root)
    const banned = root.page.locator('dialog.sanctions')
    await banned.locator('li', { hasText: 'Bob' }).getByText('Ads').waitFor()
    await banned.locator('summary').click()
    await banned.locator('input[name=address]').fill('1.2.3')
    await banned.locator('input[name=address]').press('Enter')
    await banned.locator('.fault', { hasText: 'This is not an IP address.' }).waitFor()
    await expectNoViolations(root.page, 'list of the banned')
    await banned.getByRole('button', { name: 'Lift the ban of Bob' }).press('Enter')
    await banned.getByText('Nobody is muted or banned here.').waitFor()
    await root.page.keyboard.press('Escape')
    await banned.waitFor({ state: 'detached' })
    await press('Try again')
    await bob.inRoom()
  })
})
