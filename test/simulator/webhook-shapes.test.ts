import { describe, expect, it } from 'vitest'
import type { AccountHandle, CustomerHandle } from '../../src/simulator/index.ts'
import { sample, send, shape, stage, type Stage } from './harness.ts'

interface Scene {
  readonly set: Stage
  readonly account: AccountHandle
  readonly maria: CustomerHandle
  /** A message of the customer, and one of the business. */
  readonly theirs: string
  readonly ours: string
}

const url = 'https://lookaside.fbsbx.com/x'
const post = { ig_post_media_id: '1', title: 'Autumn', url }
const attached =
  (type: string, payload?: Record<string, string>) =>
  ({ maria }: Scene): unknown =>
    maria.sends({ attachments: [{ type, ...(payload && { payload }) }] })

const acts: Readonly<Record<string, (scene: Scene) => unknown>> = {
  'message-text': ({ maria }) => maria.says('hi'),
  'message-text-unicode': ({ maria }) => maria.says('¿Envían a Córdoba? مرحبا 👋🏽'),
  'message-image': attached('image'),
  'message-images-with-text': ({ maria }) =>
    maria.sends({ text: 'broken', attachments: [{ type: 'image' }, { type: 'image' }] }),
  'message-video': attached('video'),
  'message-audio': attached('audio'),
  'message-file': attached('file'),
  'message-share-legacy': attached('share'),
  'message-share-transition': ({ maria }) =>
    maria.sends({
      attachments: [
        { type: 'share', payload: post },
        { type: 'ig_post', payload: post },
      ],
    }),
  'message-ig-post': attached('ig_post', post),
  'message-ig-reel': attached('ig_reel', { reel_video_id: '1', title: 'How we pack', url }),
  'message-ig-story': attached('ig_story'),
  'message-story-mention': ({ maria }) => maria.mentions(),
  'message-like-heart': attached('like_heart'),
  'message-ephemeral': attached('ephemeral'),
  'message-unknown-attachment': attached('unsupported_type'),
  'message-unsupported': ({ maria }) => maria.sends({ unsupported: true }),
  'message-inline-reply': ({ maria, ours }) => maria.says('This one', { replyTo: ours }),
  'message-inline-self-reply': ({ maria, theirs }) => maria.says('the blue one', { replyTo: theirs }),
  'message-quick-reply': ({ maria }) => maria.says('Track my order', { quickReply: 'TRACK_ORDER' }),
  'message-referral-igme': ({ maria }) => maria.says('hello', { referral: 'newsletter_sep' }),
  'message-referral-shop': ({ maria }) => maria.says('Size M?', { referral: { product: { id: '7' } } }),
  'story-reply': ({ maria }) => maria.says('Still available?', { story: { url, id: '18' } }),
  'message-unsend': ({ maria, theirs }) => maria.unsends(theirs),
  'message-edit': ({ maria, theirs }) => maria.edits(theirs, 'better'),
  'message-edit-number': ({ maria, theirs }) => [maria.edits(theirs, 'better'), maria.edits(theirs, 'best')],
  'message-echo': ({ account, maria }) => account.sendsFromApp(maria.customerId, 'Yes'),
  'message-echo-image': ({ account, maria }) =>
    account.sendsFromApp(maria.customerId, { attachments: [{ type: 'image' }] }),
  'message-echo-unsend': ({ account, ours }) => account.unsends(ours),
  'message-template-echo': ({ set, account, maria }) =>
    set.call('/me/messages', {
      method: 'POST',
      token: account.token,
      body: {
        recipient: { id: maria.customerId },
        message: {
          attachment: {
            type: 'template',
            payload: {
              template_type: 'generic',
              elements: [{ title: 'a', subtitle: 'b', buttons: [{ type: 'web_url', title: 'c', url }] }],
            },
          },
        },
      },
    }),
  reaction: ({ maria, ours }) => maria.reacts(ours),
  'reaction-other': ({ maria, ours }) => maria.reacts(ours, '🎉'),
  'reaction-unreact': ({ maria, ours }) => maria.unreacts(ours),
  seen: ({ maria }) => maria.sees(),
  postback: ({ maria }) => maria.postback({ title: 'Talk to a human', payload: 'HUMAN' }),
  'postback-no-mid': ({ maria }) => maria.postback({ title: 'Hours?', payload: 'HOURS', withMid: false }),
  'postback-referral': ({ maria }) => maria.postback({ title: 'Order?', payload: 'ORDER', ref: 'newsletter_sep' }),
  referral: ({ maria }) => maria.refers('newsletter_sep'),
  comment: ({ maria }) => maria.comments('Price please?'),
  'comment-live': ({ maria }) => maria.comments('hello live', { live: true }),
  'policy-enforcement': ({ account }) => account.enforcesPolicy('block', 'broke a policy'),
  'handover-take': ({ account, maria }) => account.passThread(maria.customerId),
  'handover-pass': ({ account, maria }) => account.returnThread(maria.customerId),
  standby: ({ account, maria }) => {
    account.passThread(maria.customerId, { silent: true })
    maria.says('Anybody there?')
  },
  'standby-postback': ({ account, maria }) => {
    account.passThread(maria.customerId, { silent: true })
    maria.postback({ title: 'Talk to a human', payload: 'HUMAN' })
  },
}

describe('a webhook has exactly the members of the sample', () => {
  it.each(Object.entries(acts))('%s', async (name, act) => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme.store' })
    const maria = account.customer({ name: 'Maria Example', username: 'maria.example' })
    const theirs = maria.says('hi').mid
    const ours = (await send(set, account.token, maria.customerId, 'hello')).body.message_id
    await set.meta.idle()
    await act({ set, account, maria, theirs, ours })
    await set.meta.idle()
    const body = set.app.received.at(-1)?.body
    expect(shape(body)).toEqual(shape(sample(`${name}.json`)))
    expect(set.meta.ledger.events().map(({ state }) => state)).not.toContain('waiting')
  })
})

describe('what a phone shows', () => {
  it('follows edits, unsends, reactions, seen and typing', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme.store' })
    const maria = account.customer({ name: 'Maria' })
    const gone = maria.says('gone').mid
    const kept = maria.says('kept').mid
    maria.unsends(gone)
    maria.edits(kept, 'better')
    const { body } = await send(set, account.token, maria.customerId, 'hello', { reply_to: { mid: kept } })
    maria.sees()
    maria.reacts(body.message_id, '😮')
    const action = (sender_action: string, payload?: object): Promise<unknown> =>
      set.call('/me/messages', {
        method: 'POST',
        token: account.token,
        body: { recipient: { id: maria.customerId }, sender_action, payload },
      })
    expect(await action('react', { message_id: kept, reaction: 'love' })).toMatchObject({
      status: 200,
      body: { recipient_id: maria.customerId },
    })
    await action('typing_on')
    await action('mark_seen')
    expect(maria.phone()).toMatchObject({
      businessIsTyping: true,
      seenByBusiness: kept,
      messages: [
        { mid: kept, text: 'better', edited: true, reactions: { business: { reaction: 'love', emoji: '❤️' } } },
        { mid: body.message_id, replyTo: kept, seen: true, reactions: { customer: { reaction: 'wow' } } },
      ],
    })
    await set.meta.idle()
    // Reactions of the business are not echoed.
    expect(set.meta.ledger.events({ kind: 'echo' })).toHaveLength(1)
    expect(() => Array.from({ length: 5 }, () => maria.edits(kept, 'again'))).toThrow(RangeError)
  })
})
