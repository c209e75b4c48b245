import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { metaMessenger, metaPlatform } from '../../../src/adapters/meta/index.ts'
import type { Incoming } from '../../../src/application/ports/platform.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { bytes } from './samples.ts'

// What a webhook or a call holds member by member: each could be lost without anything else failing.

const ACCOUNT = '17841499000000001'
const CUSTOMER = '900000000000001'
const AT = 1_788_858_000_000
const { parse } = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })
const eventOf = (event: object) => {
  const [only] = parse(bytes({ object: 'instagram', entry: [{ id: ACCOUNT, time: AT, messaging: [event] }] }))
  if (only === undefined) throw new Error('nothing')
  return only
}
const incoming = (member: object): Incoming => {
  const event = eventOf({ sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, ...member })
  if (event.outcome !== 'read') throw new Error(event.outcome)
  return event.incoming
}
const contentOf = (message: object) => {
  const read = incoming({ message: { mid: 'm1', ...message } })
  return read.kind === 'message' ? read.content : undefined
}
const postback = (member: object) => incoming({ postback: { mid: 'p1', title: 'Start', ...member } })

describe('What a webhook says', () => {
  it('of a tapped quick reply holds its payload', () => {
    expect(contentOf({ text: 'Yes', quick_reply: { payload: 'YES' } })).toMatchObject({
      kind: 'quick-reply',
      payload: 'YES',
    })
  })

  it('of a postback holds where it came from', () => {
    const referral = { source: 'SHORTLINK', type: 'OPEN_THREAD', ref: 'spring' }
    expect(postback({ payload: 'GO', referral })).toMatchObject({ content: { payload: 'GO', referral } })
    expect(incoming({ postback: { mid: 'p1', title: 'Start' }, referral })).toMatchObject({ content: { referral } })
    expect(incoming({ message: { mid: 'm1', text: 'hi' }, referral })).toMatchObject({ content: { referral } })
    expect(postback({})).not.toHaveProperty('content.referral')
  })

  it('of an ig.me link holds source, type and ref', () => {
    const referral = { source: 'SHORTLINK', type: 'OPEN_THREAD', ref: 'spring' }
    expect(incoming({ referral })).toMatchObject({ kind: 'referral', ...referral })
    expect(incoming({ referral: { source: 'SHORTLINK' } })).not.toHaveProperty('ref')
  })

  it('of an answer to a story holds the link', () => {
    const story = { id: '5', url: 'https://cdn.example/story' }
    expect(contentOf({ text: 'nice', reply_to: { story } })).toMatchObject({ kind: 'story-reply', story })
    expect(contentOf({ text: 'nice', reply_to: { story: { id: '5' } } })?.story).toEqual({ id: '5' })
  })

  it('of a shared product holds its id', () => {
    const payload = { product: { elements: [{ id: '77', title: 'Mug' }] } }
    expect(contentOf({ attachments: [{ type: 'template', payload }] })?.attachments).toEqual([
      { kind: 'product', title: 'Mug', mediaId: '77' },
    ])
  })

  it('of one thing in two forms is one thing, and of two things two', () => {
    const both = (older: object, newer: object) =>
      contentOf({
        attachments: [
          { type: 'share', payload: older },
          { type: 'ig_post', payload: newer },
        ],
      })?.attachments.map(({ kind }) => kind)
    expect(both({ url: 'https://a' }, { url: 'https://a' })).toEqual(['post'])
    expect(both({ ig_post_media_id: '1', url: 'https://a' }, { ig_post_media_id: '1' })).toEqual(['post'])
    expect(both({ ig_post_media_id: '1' }, { ig_post_media_id: '2' })).toEqual(['share', 'post'])
    expect(both({ url: 'https://a' }, { url: 'https://b' })).toEqual(['share', 'post'])
    expect(both({}, {})).toEqual(['share', 'post'])
  })

  it('is dated up to the last instant that there is', () => {
    const dated = (timestamp: number) =>
      eventOf({ sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp, message: { mid: 'm', text: 'x' } })
    expect(dated(8_640_000_000_000_000).outcome).toBe('read')
    expect(dated(8_640_000_000_000_001)).toMatchObject({ outcome: 'quarantined', reason: 'unreadable-member' })
  })

  it('that cannot be read names the member, and nothing that is in it', () => {
    const details = [
      { recipient: { id: ACCOUNT }, timestamp: AT, message: { mid: 'm', text: 'x' } },
      { sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, message: { mid: 'm', text: 7 } },
    ].map((event) => {
      const read = eventOf(event)
      return read.outcome === 'quarantined' ? read.detail : read.outcome
    })
    expect(details).toEqual([expect.stringContaining('sender'), expect.stringContaining('message.text')])
  })

  it('of a policy holds action and reason, and another reason is another notice', () => {
    const policy = (member: object) => {
      const read = eventOf({ recipient: { id: ACCOUNT }, timestamp: AT, policy_enforcement: member })
      return read.outcome === 'read' && read.incoming.kind === 'policy' ? read.incoming : undefined
    }
    expect(policy({ action: 'block', reason: 'spam' })).toMatchObject({ action: 'block', reason: 'spam' })
    expect(policy({ action: 'block' })).not.toHaveProperty('reason')
    const keys = [
      { action: 'block', reason: 'spam' },
      { action: 'block', reason: 'fraud' },
      { action: 'block' },
      { action: 'unblock' },
    ].map((member) => policy(member)?.key)
    expect(new Set(keys).size).toBe(4)
  })

  it('in a number that is broken is not taken for another one, beside a long one', () => {
    const text = `{"object":"instagram","entry":[{"id":"${ACCOUNT}","time":1,"messaging":[{"sender":{"id":90071992547409931},"recipient":{"id":"${ACCOUNT}"},"timestamp":${AT}.5,"message":{"mid":"m","text":"x"}}]}]}`
    const [event] = parse(Buffer.from(text))
    expect(event).toMatchObject({
      outcome: 'read',
      incoming: { customerId: '90071992547409931', metaAt: AT },
    })
  })
})

describe('A call', () => {
  let server: GraphServer
  beforeEach(async () => {
    server = await graphServer()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  it('says that its body is JSON, and a call without one says nothing', async () => {
    const types: (string | null)[] = []
    const messenger = metaMessenger({
      hosts: { facebook: server.url, instagram: server.url },
      fetch: (input, init) => {
        types.push(new Headers(init?.headers).get('content-type'))
        return fetch(input, init)
      },
    })
    const sender = { account: { accountId: ACCOUNT, flavour: 'instagram-login' }, token: 'token' } as const
    await messenger.send(sender, { customerId: CUSTOMER, text: 'hi', tag: 'none' })
    await messenger.profile(sender, CUSTOMER)
    expect(types).toEqual(['application/json', null])
  })
})
