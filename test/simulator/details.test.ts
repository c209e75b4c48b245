import { describe, expect, it } from 'vitest'
import { graphErrors } from '../../src/simulator/index.ts'
import { send, stage } from './harness.ts'

const withCustomer = async (flavour: 'facebook-login' | 'instagram-login' = 'facebook-login') => {
  const set = await stage()
  const account = set.meta.addAccount({ flavour, username: 'acme' })
  const maria = account.customer({ name: 'Maria' })
  maria.says('hi')
  const post = (message: unknown) =>
    set.call('/me/messages', {
      method: 'POST',
      token: account.token,
      body: { recipient: { id: maria.customerId }, message },
    })
  return { set, account, maria, post }
}

describe('A message', () => {
  it('may offer quick replies with a text, and not without one', async () => {
    const { set, post } = await withCustomer()
    await using _ = set
    const quick_replies = [{ content_type: 'text', title: 'Yes', payload: 'YES' }]
    expect((await post({ text: 'Shall we?', quick_replies })).status).toBe(200)
    expect((await post({ attachment: { type: 'like_heart' }, quick_replies })).body.error.error_subcode).toBe(2534015)
    const long = [{ content_type: 'text', title: 'x'.repeat(21) }]
    expect((await post({ text: 'Shall we?', quick_replies: long })).body.error.error_subcode).toBe(2534015)
    const many = Array.from({ length: 14 }, () => quick_replies[0])
    expect((await post({ text: 'Shall we?', quick_replies: many })).body.error.error_subcode).toBe(2534015)
  })

  it('may be a generic or a button template, and no other', async () => {
    const { set, post } = await withCustomer()
    await using _ = set
    const template = (payload: object) => post({ attachment: { type: 'template', payload } })
    expect((await template({ template_type: 'generic', elements: [{ title: 'One' }] })).status).toBe(200)
    expect((await template({ template_type: 'button', text: 'Shall we?', buttons: [{}] })).status).toBe(200)
    for (const payload of [
      { template_type: 'generic', elements: [] },
      { template_type: 'button', text: '', buttons: [{}] },
      { template_type: 'button', text: 'x', buttons: [{}, {}, {}, {}] },
      { template_type: 'list', text: 'x', elements: [{ title: 'One' }] },
      { elements: [{ title: 'One' }] },
    ]) {
      expect((await template(payload)).body.error.error_subcode).toBe(2534015)
    }
  })

  it('is no message where null stands in its place', async () => {
    const { set, post } = await withCustomer()
    await using _ = set
    expect((await post(null)).body.error.error_subcode).toBe(2534015)
  })
})

describe('A Page', () => {
  /** The same world, but for the tasks of the person on the Page. */
  const withTasks = async (tasks: readonly string[]) => {
    const before = await withCustomer()
    await using _ = before.set
    await before.set.meta.idle()
    const saved = JSON.stringify(before.set.meta.save())
    expect(saved).toContain('["MESSAGING","MODERATE","MANAGE"]')
    const restore = JSON.parse(saved.replace('["MESSAGING","MODERATE","MANAGE"]', JSON.stringify(tasks)))
    return { set: await stage({ restore }), account: before.account, maria: before.maria }
  }
  const subscribes = ({ set, account }: Awaited<ReturnType<typeof withTasks>>) =>
    set.call('/me/subscribed_apps', { method: 'POST', token: account.token, form: { subscribed_fields: 'messages' } })

  it('sends only for a person with the task MESSAGING, and subscribes only for one with MODERATE', async () => {
    const moderator = await withTasks(['MODERATE'])
    await using first = moderator.set
    expect((await send(first, moderator.account.token, moderator.maria.customerId, 'hi')).status).toBe(403)
    expect((await subscribes(moderator)).status).toBe(200)
    const writer = await withTasks(['MESSAGING'])
    await using second = writer.set
    expect((await send(second, writer.account.token, writer.maria.customerId, 'hi')).status).toBe(200)
    expect((await subscribes(writer)).status).toBe(403)
  })
})

describe('A token', () => {
  it.each([
    ['/me/messages', 'POST'],
    ['/me/message_attachments', 'POST'],
    ['/me/conversations?platform=instagram', 'GET'],
    ['/me/subscribed_apps', 'GET'],
    ['/me', 'GET'],
  ])('without the permission for messages is refused on %s, or not', async (path, method) => {
    for (const flavour of ['facebook-login', 'instagram-login'] as const) {
      const { set, account, maria } = await withCustomer(flavour)
      await using _ = set
      await set.meta.idle()
      const scope = flavour === 'facebook-login' ? 'instagram_manage_messages' : 'instagram_business_manage_messages'
      const restore = JSON.parse(JSON.stringify(set.meta.save()).replaceAll(`"${scope}"`, '"another"'))
      await using without = await stage({ restore })
      const body = {
        recipient: { id: maria.customerId },
        message: { attachment: { type: 'image', payload: { url: 'https://a.example/a.png' } } },
      }
      const call = (of: typeof set) =>
        of.call(path, { method, token: account.token, ...(method === 'POST' && { body }) })
      expect((await call(set)).status).toBe(200)
      const isOfMessages = !['/me', '/me/subscribed_apps'].includes(path)
      const refused = await call(without)
      expect(refused.status).toBe(isOfMessages ? 403 : 200)
      if (isOfMessages) expect(refused.body.error).toMatchObject({ code: 10 })
    }
  })
})

describe('What Meta says', () => {
  it('is worded as Meta words it, where a person is to read it', () => {
    expect(graphErrors['access-off'].message).toBe(
      'The account owner has disabled access to instagram direct messages.',
    )
  })

  it.each([
    ['\u2764\ufe0f', 'love'],
    ['\u{1f602}', 'laugh'],
    ['\u{1f606}', 'laugh'],
    ['\u{1f62e}', 'wow'],
    ['\u{1f622}', 'sad'],
    ['\u{1f620}', 'angry'],
    ['\u{1f621}', 'angry'],
    ['\u{1f44d}', 'like'],
    ['\u{1f525}', 'other'],
  ])('of the reaction %s is %s', async (emoji, name) => {
    const { set, account, maria } = await withCustomer()
    await using _ = set
    const sent = account.sendsFromApp(maria.customerId, 'hello')
    await maria.reacts(sent.mid, emoji).delivered
    await set.meta.idle()
    expect(set.app.events().at(-1)?.reaction).toMatchObject({ reaction: name, emoji })
  })
})
