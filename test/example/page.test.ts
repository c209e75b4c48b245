import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from './browser.ts'
import { type RunningHost, startHost, tempDir } from './driver.ts'
import { DAY, messageEvent, MINA, ok, scene, webhookBody } from './scene.ts'

const browser = await startBrowser()
const works = typeof browser !== 'string'
const title = works ? 'in a real browser' : `SKIPPED: no browser can be started on this machine (${browser})`
const dir = tempDir()
let host: RunningHost
const { move, post, someone } = scene(() => host)

describe.skipIf(!works)(title, () => {
  beforeAll(async () => {
    host = await startHost(dir.path)
  })
  afterAll(async () => {
    if (typeof browser !== 'string') await browser.close()
    await host?.kill('SIGTERM')
    dir.remove()
  })

  it('goes from the phone to the inbox and back, through both windows, to a ticket', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.goto(host.page)
    const phone = page.getByRole('region', { name: "The customer's phone" })
    const desk = page.getByRole('region', { name: 'The desk' })
    const clock = page.getByRole('region', { name: 'Business time' })
    const reply = desk.getByRole('textbox', { name: 'Answer' })

    // The customer writes; the agent sees it, reads it and answers.
    await phone.getByRole('textbox', { name: 'Message of the customer' }).fill('Is the <b>blue</b> one still there?')
    await phone.getByRole('button', { name: 'Send', exact: true }).click()
    const entry = desk.getByRole('listitem').filter({ hasText: 'Is the <b>blue</b> one still there?' })
    await entry.getByRole('button').click()
    await desk.getByRole('log').getByText('Is the <b>blue</b> one still there?').waitFor()
    await desk.getByText(/Anyone may answer/).waitFor()
    await reply.fill('Yes, the last one!')
    await reply.press('Enter')
    await phone.getByRole('log').getByText('Yes, the last one!').waitFor()
    await desk.getByRole('log').getByText('sent', { exact: false }).first().waitFor()

    // An hour later it is a ticket.
    await clock.getByRole('button', { name: '+1 hour' }).click()
    await desk.getByRole('button', { name: /^Tickets/ }).click()
    await desk.getByRole('row').filter({ hasText: 'by time' }).waitFor()
    await desk.getByRole('button', { name: /^Inbox/ }).click()

    // A day later only a person may answer, which Aki is; a week later nobody.
    await clock.getByRole('button', { name: '+1 day' }).click()
    await desk.getByText(/Only a person may answer/).waitFor()
    await reply.fill('Shall I keep it for you?')
    await reply.press('Enter')
    await phone.getByRole('log').getByText('Shall I keep it for you?').waitFor()
    await clock.getByRole('button', { name: '+1 week' }).click()
    await desk
      .getByText(/7 days have passed/)
      .first()
      .waitFor()
    expect(await reply.isDisabled()).toBe(true)

    // The customer's next message opens it at once.
    await phone.getByRole('textbox', { name: 'Message of the customer' }).fill('Yes please')
    await phone.getByRole('textbox', { name: 'Message of the customer' }).press('Enter')
    await desk.getByText(/Anyone may answer/).waitFor()
    await reply.fill('Done.')
    await phone.getByText('typing…').waitFor()
    await reply.press('Enter')
    await phone.getByRole('log').getByText('Done.').waitFor()

    // A reaction of either side is there without anybody looking again.
    const last = desk.getByRole('article').filter({ hasText: 'Yes please' })
    await last.hover()
    await last.getByRole('button', { name: 'React with a heart' }).click()
    await phone
      .getByRole('article')
      .filter({ hasText: 'Yes please' })
      .getByText('❤️', { exact: true })
      .first()
      .waitFor()
    const answer = phone.getByRole('article').filter({ hasText: 'Done.' })
    await answer.hover()
    await answer.getByRole('button', { name: 'React with a heart' }).click()
    await desk.getByRole('article').filter({ hasText: 'Done.' }).getByTitle('Reactions').waitFor()
    expect(problems).toEqual([])
    await page.close()
  }, 60_000)

  it('searches further back when it is asked to', async () => {
    if (typeof browser === 'string') return
    for (let n = 0; n < 60; n++) {
      const customerId = String(910_000_000_000_000 + n)
      await host.post(`/api/phone/${host.accountId}/customers`, { customerId, name: `Customer ${n}` })
      const message = { kind: 'text', text: `Parcel ${n} is lost`, wait: true }
      expect(await host.post(`/api/phone/${host.accountId}/${customerId}/messages`, message)).toMatchObject({
        status: 200,
      })
    }
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const desk = page.getByRole('region', { name: 'The desk' })
    const entries = desk
      .getByRole('list', { name: 'Conversations' })
      .getByRole('listitem')
      .filter({ hasText: 'Parcel' })
    await desk.getByRole('searchbox', { name: 'Search' }).fill('parcel')
    const further = desk.getByRole('button', { name: 'Search further back' })
    await further.waitFor()
    expect(await entries.count()).toBe(50)
    await further.click()
    await entries.nth(59).waitFor()
    expect(await entries.count()).toBe(60)
    expect(await further.count()).toBe(0)
    await desk.getByRole('searchbox', { name: 'Search' }).fill('parcel elephant')
    await desk.getByText('Nothing found.').waitFor()
    await page.close()
  }, 60_000)

  it('takes a click during which something changed', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const desk = page.getByRole('region', { name: 'The desk' })
    await page.getByLabel('Acting as').selectOption('administrator:mina')
    await desk.getByRole('button', { name: 'Administration' }).click()
    const button = desk.getByRole('button', { name: 'New channel' })
    await button.evaluate((element) => element.setAttribute('data-pressed', ''))
    await button.hover()
    await page.mouse.down()
    // Every change has the panel drawn anew.
    const isAskedFor = page.waitForResponse((response) => response.url().endsWith('/missed'))
    const base = `/api/phone/${host.accountId}`
    await host.post(`${base}/customers`, { customerId: '920000000000000', name: 'Noor' })
    await host.post(`${base}/920000000000000/messages`, { kind: 'text', text: 'Now?', wait: true })
    await isAskedFor
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
    await page.mouse.up()
    await page.getByRole('dialog').waitFor()
    // And what had waited for its end is shown.
    await page.locator('[data-pressed]').waitFor({ state: 'detached' })
    expect(await page.getByRole('dialog').isVisible()).toBe(true)
    await page.close()
  }, 60_000)

  it('keeps what is written while the message before it is still on its way, on the phone and on the desk', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    const held: (() => void)[] = []
    const hold = async (path: RegExp): Promise<void> => {
      await page.route(path, async (route) => {
        const response = await route.fetch()
        const { promise, resolve } = Promise.withResolvers<void>()
        held.push(resolve)
        await promise
        await route.fulfill({ response })
      })
    }
    const customers = Promise.withResolvers<void>()
    await page.route(/\/api\/phone$/, async (route) => {
      await customers.promise
      await route.continue()
    })
    await page.goto(host.page)
    const phone = page.getByRole('region', { name: "The customer's phone" })
    const writing = phone.getByRole('textbox', { name: 'Message of the customer' })
    // Before it is known whose phone it is nothing can be written, and so nothing gets lost.
    expect(await writing.isDisabled()).toBe(true)
    customers.resolve()
    await hold(/\/api\/phone\/\d+\/\d+\/messages$/)
    for (const text of ['One of two', 'Two of two']) {
      await writing.fill(text)
      await writing.press('Enter')
    }
    await phone.getByRole('log').getByText('One of two').waitFor()
    await writing.fill('Three, half wri')
    held.shift()?.()
    await phone.getByRole('log').getByText('Two of two').waitFor()
    held.shift()?.()
    const desk = page.getByRole('region', { name: 'The desk' })
    await desk.getByRole('listitem').filter({ hasText: 'Two of two' }).getByRole('button').click()
    await desk.getByText(/Anyone may answer/).waitFor()
    expect(await writing.inputValue()).toBe('Three, half wri')

    const reply = desk.getByRole('textbox', { name: 'Answer' })
    await hold(/\/reply$/)
    await reply.fill('First answer')
    await reply.press('Enter')
    await phone.getByRole('log').getByText('First answer').waitFor()
    await reply.fill('Second ans')
    held.shift()?.()
    await page.unrouteAll({ behavior: 'wait' })
    expect(await reply.inputValue()).toBe('Second ans')
    await page.close()
  }, 60_000)

  it('offers an administrator what was missed while the channel was disabled, and fetches it', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const phone = page.getByRole('region', { name: "The customer's phone" })
    const desk = page.getByRole('region', { name: 'The desk' })
    const write = async (text: string): Promise<void> => {
      await phone.getByRole('textbox', { name: 'Message of the customer' }).fill(text)
      await phone.getByRole('textbox', { name: 'Message of the customer' }).press('Enter')
      await phone.getByRole('log').getByText(text).waitFor()
    }
    await write('Before')
    await page.getByLabel('Acting as').selectOption('administrator:mina')
    await desk.getByRole('button', { name: 'Administration' }).click()
    await desk.getByRole('button', { name: 'Disable' }).click()
    await desk.getByText('disabled', { exact: true }).waitFor()
    await write('Is the shop closed?')
    await write('Please answer')
    await desk.getByText('2 messages came while the channel was disabled.', { exact: false }).waitFor()
    await desk.getByRole('button', { name: 'Enable' }).click()
    await page.getByText('2 messages came meanwhile and can be fetched.', { exact: false }).waitFor()
    await desk.getByRole('button', { name: 'Fetch what was missed' }).click()
    await page.getByText('2 messages stand in the conversations now.').waitFor()
    await desk.getByRole('button', { name: /^Inbox/ }).click()
    await desk.getByRole('list', { name: 'Conversations' }).getByRole('button').first().click()
    const recovered = desk.getByRole('article').filter({ hasText: 'Came while the channel was disabled' })
    await recovered.filter({ hasText: 'Is the shop closed?' }).waitFor()
    await recovered.filter({ hasText: 'Please answer' }).waitFor()
    expect(await recovered.count()).toBe(2)

    // What she read is on record.
    await desk.getByRole('button', { name: 'Administration' }).click()
    await desk.getByRole('button', { name: 'What administrators read' }).click()
    await desk.getByText('mina read a conversation').first().waitFor()
  }, 60_000)

  it('says until when a story can be seen, and when it has ended', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const emi = await someone('Emi')
    await emi.sends({ kind: 'story-mention' })
    const desk = page.getByRole('region', { name: 'The desk' })
    await desk.getByRole('listitem').filter({ hasText: 'Emi' }).getByRole('button').click()
    await desk.getByText(/The story ends in 2\d h .* at the latest/).waitFor()
    await move(DAY)
    await desk.getByText('The story has ended').waitFor()
    await page.close()
  }, 60_000)

  it('shows a message that came while the channel was disabled whoever delivered it, and whenever', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const desk = page.getByRole('region', { name: 'The desk' })
    await page.getByLabel('Acting as').selectOption('administrator:mina')
    await desk.getByRole('button', { name: 'Administration' }).click()
    await desk.getByRole('button', { name: 'Disable' }).click()
    await desk.getByText('disabled', { exact: true }).waitFor()
    const event = messageEvent(host.accountId, '900000000000777', 'm-alone', 'Anybody?', Date.now())
    expect(await post(webhookBody(host.accountId, event))).toBe(200)
    await desk.getByText('1 message came while the channel was disabled.', { exact: false }).waitFor()
    await page.close()
  }, 60_000)

  it('names on a channel that its account has another id, and what to do', async () => {
    if (typeof browser === 'string') return
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    await page.goto(host.page)
    const desk = page.getByRole('region', { name: 'The desk' })
    const asked = { name: 'Mistaken', departmentId: 'support', accountId: '17841400000000777' }
    const { channelId } = ok(await host.post('/api/channels', asked, MINA))
    const { account } = ok(await host.get(`/api/channels/${channelId}`, MINA))
    const event = messageEvent(account.appScopedId, '900000000000778', 'm-mistaken', 'Anybody?', Date.now())
    expect(await post(webhookBody(account.appScopedId, event))).toBe(200)
    await page.getByLabel('Acting as').selectOption('administrator:mina')
    await desk.getByRole('button', { name: 'Administration' }).click()
    const card = desk.getByRole('article').filter({ has: page.getByRole('heading', { name: 'Mistaken' }) })
    await card.getByText(`create one with ${account.appScopedId}`, { exact: false }).waitFor()
    expect(await desk.getByText('Nothing can reach this channel', { exact: false }).count()).toBe(1)
    await page.close()
  }, 60_000)
})
