import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { metaMessenger, metaPlatform } from '../../../src/adapters/meta/index.ts'
import type { Messenger, PastMessage, Sender } from '../../../src/application/ports/messenger.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { holds, tells } from '../../holds.ts'

const CUSTOMER = '900000000000001'
const sender: Sender = { account: { accountId: '17841499000000001', flavour: 'instagram-login' }, token: 'token' }
const platform = metaPlatform({ appSecrets: ['secret'], verifyToken: 'verify' })

let server: GraphServer
let messenger: Messenger
beforeEach(async () => {
  server = await graphServer()
  messenger = metaMessenger({ hosts: { facebook: server.url, instagram: server.url }, share: 1 })
})
afterEach(() => server[Symbol.asyncDispose]())

const row = (more: object, at = '2026-09-08T09:21:00+0000') => ({
  id: 'mid-1',
  created_time: at,
  from: { id: CUSTOMER },
  message: '',
  ...more,
})
const listing = (...rows: readonly object[]): void => {
  server.answer = ({ path }) =>
    path.endsWith('/conversations') ? { body: { data: [{ id: 'thread' }] } } : { body: { messages: { data: rows } } }
}
const read = async (more: object): Promise<PastMessage> => {
  listing(row(more))
  const past = await messenger.history(sender, CUSTOMER)
  if (past.kind !== 'found' || past.messages[0] === undefined) throw new Error('not found')
  return past.messages[0]
}
const attached = (...data: readonly object[]) => ({ attachments: { data } })
const URL_OF = 'https://cdn.example/1'

describe('A message of Meta’s list', () => {
  it.each<[string, object, object]>([
    ['a text', { message: 'hello' }, { kind: 'text', text: 'hello', attachments: [] }],
    [
      'a picture',
      attached({ id: '1', image_data: { url: URL_OF, width: 1, height: 1 } }),
      { kind: 'image', attachments: [{ kind: 'image', url: URL_OF }] },
    ],
    [
      'two pictures with a text',
      { message: 'look', ...attached({ image_data: { url: URL_OF } }, { image_data: { url: `${URL_OF}b` } }) },
      {
        kind: 'image',
        text: 'look',
        attachments: [
          { kind: 'image', url: URL_OF },
          { kind: 'image', url: `${URL_OF}b` },
        ],
      },
    ],
    [
      'a sticker',
      attached({ image_data: { url: URL_OF, render_as_sticker: true } }),
      { kind: 'sticker', attachments: [{ kind: 'sticker', url: URL_OF }] },
    ],
    [
      'a video',
      attached({ video_data: { url: URL_OF, width: 1, height: 1 } }),
      { kind: 'video', attachments: [{ kind: 'video', url: URL_OF }] },
    ],
    [
      'a voice message, by its media type',
      attached({ file_url: URL_OF, mime_type: 'audio/mp4', name: 'x' }),
      { kind: 'audio', attachments: [{ kind: 'audio', url: URL_OF }] },
    ],
    [
      'a voice message, by its name',
      attached({ file_url: URL_OF, name: 'audioclip-1.mp4' }),
      { kind: 'audio', attachments: [{ kind: 'audio', url: URL_OF }] },
    ],
    [
      'a video as a file',
      attached({ file_url: `${URL_OF}.MOV?x=1` }),
      { kind: 'video', attachments: [{ kind: 'video', url: `${URL_OF}.MOV?x=1` }] },
    ],
    [
      'a file',
      attached({ file_url: `${URL_OF}.pdf`, name: 'offer.pdf', mime_type: 'application/pdf' }),
      { kind: 'file', attachments: [{ kind: 'file', url: `${URL_OF}.pdf` }] },
    ],
    [
      'a shared page',
      { shares: { data: [{ link: URL_OF, name: 'A page' }] } },
      { kind: 'share', attachments: [{ kind: 'share', url: URL_OF, title: 'A page' }] },
    ],
    [
      'a shared post',
      { shares: { data: [{ id: '5', link: 'https://www.instagram.com/p/abc/' }] } },
      { kind: 'post', attachments: [{ kind: 'post', url: 'https://www.instagram.com/p/abc/' }] },
    ],
    [
      'a shared reel',
      { shares: { data: [{ link: 'https://instagram.com/reel/abc/' }] } },
      { kind: 'reel', attachments: [{ kind: 'reel', url: 'https://instagram.com/reel/abc/' }] },
    ],
    [
      'a shared product',
      {
        shares: {
          data: [{ template: { payload: { product: { elements: [{ id: '7', title: 'Mug', image_url: URL_OF }] } } } }],
        },
      },
      { kind: 'product', attachments: [{ kind: 'product', title: 'Mug', url: URL_OF, mediaId: '7' }] },
    ],
    [
      'a template',
      attached({ generic_template: { title: 'Offer', subtitle: 'Today', media_url: URL_OF } }),
      { kind: 'template', attachments: [{ kind: 'template', title: 'Offer\nToday', url: URL_OF }] },
    ],
    [
      'a mention in a story',
      { story: { mention: { link: URL_OF, id: '9' } } },
      { kind: 'story-mention', attachments: [{ kind: 'story-mention', url: URL_OF }] },
    ],
    [
      'an answer to a story',
      { message: 'nice', story: { reply_to: { link: URL_OF, id: '9' } } },
      { kind: 'story-reply', text: 'nice', attachments: [], story: { id: '9', url: URL_OF } },
    ],
    [
      'a quote',
      { message: 'this one', reply_to: { mid: 'mid-0' } },
      { kind: 'text', text: 'this one', attachments: [], replyToMid: 'mid-0' },
    ],
    ['what the API cannot carry', { is_unsupported: true }, { kind: 'unsupported', attachments: [] }],
  ])('is %s', async (_, more, content) => {
    expect((await read(more)).content).toEqual(content)
  })

  it('holds the reactions of both sides', async () => {
    const { reactions } = await read({
      message: 'x',
      reactions: {
        data: [
          { reaction: 'love', users: [{ id: CUSTOMER }, { id: sender.account.accountId }] },
          { emoji: '\u{1f525}', users: [{ id: CUSTOMER }] },
          { users: [{ id: CUSTOMER }] },
          null,
        ],
      },
    })
    expect(reactions).toEqual([
      { by: 'customer', emoji: '\u{1f525}' },
      { by: 'business', reaction: 'love' },
    ])
  })

  it.each<[string, object]>([
    ['nothing that is known', { poll: { question: 'red?' } }],
    ['an attachment of an unknown kind', attached({ id: '5', hologram_data: { url: URL_OF } })],
  ])('with %s is kept as it came, to be read again', async (_, more) => {
    const { content } = await read(more)
    expect(JSON.parse(content.raw ?? '')).toEqual(row(more))
    expect(platform.readAgain(content.raw ?? '')).toEqual(content)
  })

  it('keeps no link of what a channel may not receive, beside what is not understood', async () => {
    const { content } = await read(
      attached(
        { video_data: { url: 'https://cdn.example/secret' } },
        { file_url: 'https://cdn.example/secret.m4a' },
        {},
      ),
    )
    expect(content.attachments.map(({ kind }) => kind)).toEqual(['video', 'audio', 'unknown'])
    expect(content.raw).not.toContain('secret')
  })

  it('of any shape is read without throwing', async () => {
    const parts = fc.record(
      {
        message: fc.jsonValue(),
        attachments: fc.oneof(
          fc.jsonValue(),
          fc.record({ data: fc.array(fc.oneof(fc.jsonValue(), fc.record({ image_data: fc.jsonValue() }))) }),
        ),
        shares: fc.oneof(fc.jsonValue(), fc.record({ data: fc.array(fc.jsonValue()) })),
        story: fc.jsonValue(),
        reactions: fc.jsonValue(),
        reply_to: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    await holds(
      fc.asyncProperty(parts, async (more) => {
        const raw = JSON.stringify(row(more))
        const content = platform.readAgain(raw)
        tells(Object.keys(more).length > 1)
        expect(content?.kind).toBeTypeOf('string')
      }),
      { floor: 0.5 },
    )
  })
})

describe('The list of a thread', () => {
  const detailed = (place: number) => ({
    ...row({ message: `m${place}` }, new Date(Date.UTC(2026, 8, 8, 9, 0, 0) - place * 60_000).toISOString()),
    id: `mid-${place}`,
  })
  /** As many messages as there are, details of so many. */
  const thread = (length: number, details: number): void => {
    server.answer = ({ path, query }) => {
      if (path.endsWith('/conversations')) return { body: { data: [{ id: 'thread' }] } }
      const start = Number(query['after'] ?? 0)
      const data = Array.from({ length: Math.min(20, length - start) }, (_, index) => {
        const { id, created_time, ...rest } = detailed(start + index)
        return { id, created_time, ...(start + index < details ? rest : {}) }
      })
      const paging = start + 20 < length ? { paging: { cursors: { after: String(start + 20) }, next: 'x' } } : {}
      return { body: path.endsWith('/messages') ? { data, ...paging } : { messages: { data, ...paging } } }
    }
  }
  let accounts = 0
  /** Of an account of its own each time, for Meta takes two calls a second of each. */
  const found = async (since?: number) => {
    const of = { ...sender, account: { ...sender.account, accountId: `1784149900000100${(accounts += 1)}` } }
    const past = await messenger.history(of, CUSTOMER, since === undefined ? {} : { since })
    return past.kind === 'found' ? past.messages.length : past.kind
  }

  it.each([
    [45, 20, 20],
    [45, 30, 30],
    [45, 45, 45],
  ])('of %d messages is read as far as Meta tells what is in them, which is %d', async (length, details, read) => {
    thread(length, details)
    expect(await found(0)).toBe(read)
  })

  it('is read back to an instant', async () => {
    thread(70, 70)
    expect(await found(Date.UTC(2026, 8, 8, 8, 30))).toBe(40)
  })

  it('is one page where nobody says how far', async () => {
    thread(70, 70)
    expect(await found()).toBe(20)
    expect(server.received).toHaveLength(2)
  })

  it('is asked for less where Meta does not know a member', async () => {
    server.answer = ({ path, query }) => {
      if (path.endsWith('/conversations')) return { body: { data: [{ id: 'thread' }] } }
      return query['fields']?.includes('shares')
        ? { status: 400, body: { error: { code: 100, message: 'Tried accessing nonexisting field (shares)' } } }
        : { body: { messages: { data: [detailed(0)] } } }
    }
    expect(await found()).toBe(1)
  })

  it('keeps long ids exact', async () => {
    server.answer = ({ path }) =>
      path.endsWith('/conversations')
        ? { body: { data: [{ id: 'thread' }] } }
        : {
            text: '{"messages":{"data":[{"id":"m","created_time":1788858000,"from":{"id":9007199254740993},"message":"x"}]}}',
          }
    expect(await messenger.history(sender, '9007199254740993')).toMatchObject({ messages: [{ from: 'customer' }] })
  })
})
