import { describe, expect, it } from 'vitest'
import { DAY, sample, shape, stage, type Reply, type Stage } from './harness.ts'

const scene = async (set: Stage) => {
  const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
  const maria = account.customer({ name: 'Maria' })
  maria.says('hi')
  const post = (message: unknown, extra: object = {}): Promise<Reply> =>
    set.call('/v25.0/me/messages', {
      method: 'POST',
      token: account.token,
      body: { recipient: { id: maria.customerId }, message, ...extra },
    })
  return { account, maria, post }
}

const image = { type: 'image', payload: { url: 'https://shop.example.com/a.png' } }
const invalid = { status: 400, body: { error: { code: 100, error_subcode: 2534015 } } }

describe('the Send API refuses', () => {
  it.each([
    ['nothing', undefined],
    ['an empty message', {}],
    ['empty text', { text: '' }],
    ['blank text', { text: ' \n' }],
    ['1,001 bytes', { text: 'a'.repeat(1001) }],
    ['1,002 bytes in 501 characters', { text: 'é'.repeat(501) }],
    ['a lone surrogate', { text: 'a\ud83d' }],
    ['text and media together', { text: 'a', attachment: image }],
    ['eleven images', { attachments: Array.from({ length: 11 }, () => image) }],
    ['no image', { attachments: [] }],
    [
      'a video among images',
      { attachments: [image, { type: 'video', payload: { url: 'https://shop.example.com/a.mp4' } }] },
    ],
    ['an unknown type', { attachment: { type: 'gif', payload: image.payload } }],
    ['fourteen quick replies', { text: 'a', quick_replies: Array.from({ length: 14 }, () => ({ title: 'a' })) }],
    ['a reply inside of the message', { text: 'a', reply_to: { mid: 'x' } }],
  ])('%s', async (_name, message) => {
    await using set = await stage()
    const { maria, post } = await scene(set)
    expect(await post(message)).toMatchObject(invalid)
    expect(maria.phone().messages).toHaveLength(1)
  })

  it('a quote of a message that is not in the thread', async () => {
    await using set = await stage()
    const { post } = await scene(set)
    expect(await post({ text: 'a' }, { reply_to: { mid: 'nowhere' } })).toMatchObject(invalid)
  })

  it('media that it cannot fetch, or of another kind than said', async () => {
    await using set = await stage()
    const { post } = await scene(set)
    const at = (url: string) => post({ attachment: { type: 'image', payload: { url } } })
    expect((await at('http://shop.example.com/a.png')).body.error.error_subcode).toBe(2018008)
    expect((await at('rubbish')).body.error.error_subcode).toBe(2018008)
    expect((await at('https://shop.example.com/a.pdf')).body.error.error_subcode).toBe(2018047)
    expect((await at('https://shop.example.com/a?signed')).status).toBe(200)
  })

  it('several images where they are not enabled', async () => {
    await using set = await stage()
    const { account, post } = await scene(set)
    account.set('single-image', true)
    expect((await post({ attachments: [image, image] })).body.error.error_subcode).toBe(2534068)
    expect((await post({ attachments: [image] })).status).toBe(200)
  })

  it('to send as the Instagram account with Facebook Login, or as somebody else', async () => {
    await using set = await stage()
    const { account, maria } = await scene(set)
    const body = { recipient: { id: maria.customerId }, message: { text: 'a' } }
    const to = (node: string | undefined) =>
      set.call(`/graph.facebook.com/v25.0/${node}/messages`, { method: 'POST', token: account.token, body })
    expect(await to(account.accountId)).toMatchObject({ status: 400, body: { error: { code: 100 } } })
    expect(await to('1')).toMatchObject({ status: 400, body: { error: { code: 100, error_subcode: 33 } } })
    expect(await to(account.pageId)).toMatchObject({ status: 200 })
  })
})

describe('the Send API accepts', () => {
  it('1,000 bytes, answered as in the sample', async () => {
    await using set = await stage()
    const { post } = await scene(set)
    for (const text of ['a'.repeat(1000), 'é'.repeat(500)]) {
      const { status, body } = await post({ text })
      expect([status, shape(body)]).toEqual([200, shape(sample('send-response.json'))])
    }
  })

  it('ten images, echoed under links of Meta', async () => {
    await using set = await stage()
    const { post } = await scene(set)
    expect((await post({ attachments: Array.from({ length: 10 }, () => image) })).status).toBe(200)
    await set.meta.idle()
    const attachments = set.app.events().at(-1)?.['message'].attachments
    expect(attachments).toHaveLength(10)
    for (const { payload } of attachments) expect(payload.url).toMatch(/^https:\/\/lookaside\.fbsbx\.com\//)
  })

  it('an upload, and its id from then on, but not on another account', async () => {
    await using set = await stage()
    const { account, post } = await scene(set)
    const reusable = { attachment: { type: 'image', payload: { ...image.payload, is_reusable: true } } }
    const first = await post(reusable)
    expect(shape(first.body)).toEqual(shape(sample('send-response-with-attachment-id.json')))
    const upload = await set.call('/me/message_attachments', {
      method: 'POST',
      token: account.token,
      body: { platform: 'instagram', message: reusable },
    })
    expect(shape(upload.body)).toEqual(shape(sample('attachment-upload-response.json')))
    const again = { attachment: { type: 'image', payload: { attachment_id: upload.body.attachment_id } } }
    expect((await post(again)).status).toBe(200)
    const other = await scene(set)
    expect((await other.post(again)).body.error.error_subcode).toBe(2018074)
  })

  it('no upload of what has no link, and no use of one as another kind', async () => {
    await using set = await stage()
    const { account, post } = await scene(set)
    const upload = async (message: object | undefined) =>
      (await set.call('/me/message_attachments', { method: 'POST', token: account.token, body: { message } })).body
    for (const message of [{ attachment: { type: 'like_heart' } }, { text: 'hi' }])
      expect((await upload(message)).error).toMatchObject({
        error_subcode: 2534015,
        message: expect.stringMatching(/: no attachment$/),
      })
    expect((await upload(undefined)).error).toMatchObject({ error_subcode: 2534015 })
    const { attachment_id } = await upload({ attachment: image })
    const use = (type: string) => post({ attachment: { type, payload: { attachment_id } } })
    expect((await use('image')).status).toBe(200)
    expect((await use('video')).status).toBe(400)
  })

  it('forms, and the token in the query, as well as JSON and Bearer', async () => {
    await using set = await stage()
    const { account, maria } = await scene(set)
    const { status } = await set.call(`/mounted/here/v25.0/me/messages?access_token=${account.token}`, {
      method: 'POST',
      form: { recipient: JSON.stringify({ id: maria.customerId }), message: JSON.stringify({ text: 'a' }) },
    })
    expect(status).toBe(200)
  })

  it('one private reply to a comment, within seven days, to somebody who never wrote', async () => {
    await using set = await stage()
    const { account } = await scene(set)
    const jon = account.customer({ name: 'Jon' })
    const answer = (comment_id: string) =>
      set.call('/me/messages', {
        method: 'POST',
        token: account.token,
        body: { recipient: { comment_id }, message: { text: 'hello' } },
      })
    const { commentId } = jon.comments('Price?')
    const replied = await answer(commentId)
    expect(shape(replied.body)).toEqual(shape(sample('private-reply-response.json')))
    expect(replied.body.recipient_id).toBe(jon.customerId)
    expect(jon.window()).toBe('never-opened')
    expect((await answer(commentId)).body.error.error_subcode).toBe(2534025)
    const late = jon.comments('And now?').commentId
    set.clock.advance(7 * DAY)
    expect((await answer(late)).body.error.error_subcode).toBe(2534025)
  })
})
