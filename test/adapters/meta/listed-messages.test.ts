import * as fc from 'fast-check'
import { type Runtime, systemRuntime } from 'madoguchi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { metaMessenger, metaPlatform } from '../../../src/adapters/meta/index.ts'
import type { Messenger, PastMessage, Sender } from '../../../src/application/ports/messenger.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { holds, tells } from '../../holds.ts'
import { virtualRuntime } from '../../simulation/virtual-process.ts'

const CUSTOMER = '900000000000001'
const sender: Sender = { account: { accountId: '17841499000000001', flavour: 'instagram-login' }, token: 'token' }
const platform = metaPlatform({ appSecrets: ['secret'], verifyToken: 'verify' })

/** Meta takes two calls a second of an account: that wait is skipped, and no other. */
const hasty = (): Runtime => {
  let skipped = 0
  return {
    ...systemRuntime,
    monotonic: () => systemRuntime.monotonic() + skipped,
    schedule: (milliseconds, callback, options) => {
      if (options?.unref === true) return systemRuntime.schedule(milliseconds, callback, options)
      skipped += milliseconds
      return systemRuntime.schedule(0, callback)
    },
  }
}

let server: GraphServer
let messenger: Messenger
beforeEach(async () => {
  server = await graphServer()
  messenger = metaMessenger({ hosts: { facebook: server.url, instagram: server.url }, runtime: hasty() })
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
    [
      'a template with what can be tapped',
      attached({ generic_template: { title: 'Offer', cta: [{ title: 'See', url: URL_OF, type: 'open_url' }] } }),
      {
        kind: 'template',
        attachments: [{ kind: 'template', title: 'Offer', buttons: [{ title: 'See', url: URL_OF }] }],
      },
    ],
    [
      'a template with one thing to tap',
      attached({ generic_template: { title: 'Offer', cta: { title: 'See' } } }),
      { kind: 'template', attachments: [{ kind: 'template', title: 'Offer', buttons: [{ title: 'See' }] }] },
    ],
    [
      'a picture of which only another form has a link',
      attached({ image_data: { animated_gif_url: URL_OF } }, { image_data: { preview_url: `${URL_OF}b` } }),
      {
        kind: 'image',
        attachments: [
          { kind: 'image', url: URL_OF },
          { kind: 'image', url: `${URL_OF}b` },
        ],
      },
    ],
    ['a sticker by itself', { sticker: URL_OF }, { kind: 'sticker', attachments: [{ kind: 'sticker', url: URL_OF }] }],
    [
      'a shared page by its description',
      { shares: { data: [{ description: 'A page' }] } },
      { kind: 'share', attachments: [{ kind: 'share', title: 'A page' }] },
    ],
    [
      'a quote by the id of the list',
      { message: 'this one', reply_to: { id: 'mid-0' } },
      { kind: 'text', text: 'this one', attachments: [], replyToMid: 'mid-0' },
    ],
    ['what the API cannot carry', { is_unsupported: true }, { kind: 'unsupported', attachments: [] }],
  ])('is %s', async (_, more, content) => {
    expect((await read(more)).content).toStrictEqual(content)
  })

  it.each<readonly [string, object]>([
    ['audio', { mime_type: 'Audio/MP4' }],
    ['video', { mime_type: 'video/mp4', name: 'audio.mp3' }],
    ['image', { mime_type: 'image/png' }],
    ['file', { mime_type: 'application/pdf', name: 'a.pdf' }],
    ['file', {}],
    ...['audioclip.mp4', 'a.aac', 'a.m4a', 'a.WAV', 'a.mp3', 'a.oga'].map((name) => ['audio', { name }] as const),
    ...['videoclip', 'a.mp4', 'a.MOV', 'a.avi', 'a.webm', 'a.ogv', 'a.ogg'].map((name) => ['video', { name }] as const),
    ...['a.jpg', 'a.jpeg', 'a.PNG', 'a.gif', 'a.webp'].map((name) => ['image', { name }] as const),
    ...['my audio', 'my video', 'a.mp3.zip', 'mp3', 'a.jpgx', 'xmp4'].map((name) => ['file', { name }] as const),
  ])('that is a file is %s by %j', async (kind, more) => {
    const { content } = await read(attached({ file_url: URL_OF, ...more }))
    expect(content.attachments).toStrictEqual([{ kind, url: URL_OF }])
  })

  it('that is a file without a name is what its address says, if it is one', async () => {
    const kinds = async (file_url: string) => (await read(attached({ file_url }))).content.kind
    expect(await kinds('https://cdn.example/a.mp3?name=b.mp4')).toBe('audio')
    expect(await kinds('https://cdn.example/a?b.mp3')).toBe('file')
    expect(await kinds('a.mp3')).toBe('file')
  })

  it.each([
    ['post', 'https://www.instagram.com/p/abc/'],
    ['post', 'https://instagram.com/p/abc'],
    ['reel', 'https://www.instagram.com/reel/abc/'],
    ['reel', 'https://www.instagram.com/reels/abc/'],
    ['story', 'https://www.instagram.com/stories/maria/1'],
    ['share', 'https://www.instagram.com/maria/p/abc'],
    ['share', 'https://www.instagram.com.example/p/abc'],
    ['share', 'https://example/?https://www.instagram.com/p/abc'],
    ['share', 'http://www.instagram.com/p/abc'],
  ])('that shares is a %s by its link %s', async (kind, link) => {
    const { content } = await read({ shares: { data: [{ link }] } })
    expect(content.attachments).toStrictEqual([{ kind, url: link }])
  })

  it.each([
    [true, 'sticker'],
    ['true', 'sticker'],
    ['TRUE', 'sticker'],
    [false, 'image'],
    ['false', 'image'],
    ['', 'image'],
    [1, 'image'],
    [undefined, 'image'],
  ])('that is to be shown as a sticker, %j, is %s', async (render_as_sticker, kind) => {
    expect((await read(attached({ image_data: { url: URL_OF, render_as_sticker } }))).content.kind).toBe(kind)
  })

  it('of a kind without a name names none', async () => {
    expect((await read(attached({ id: '5' }))).content.attachments).toStrictEqual([{ kind: 'unknown' }])
    const { content } = await read(attached({ type: 'hologram' }, { name: 'ig_reel', payload: { url: URL_OF } }))
    expect(content.attachments).toStrictEqual([
      { kind: 'unknown', type: 'hologram' },
      { kind: 'reel', url: URL_OF },
    ])
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
    expect(reactions).toStrictEqual([
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

  const secret = 'https://cdn.example/secret'
  it.each<[string, object, string]>([
    ['video', { video_data: { url: secret, preview_url: secret } }, 'video'],
    ['video beside its picture', { image_data: { url: URL_OF }, video_data: { url: secret } }, 'image'],
    ['a file', { file_url: `${secret}.m4a` }, 'audio'],
    ['a file with more links', { mime_type: 'Audio/mp4', file_url: secret, preview_url: secret }, 'audio'],
    ['what is named as in webhooks', { type: 'video', payload: { url: secret } }, 'video'],
    ['what is named in capitals', { type: 'Ephemeral', payload: { url: secret } }, 'view-once'],
  ])('keeps no link of what a channel may not receive, beside what is not understood: %s', async (_, one, kind) => {
    const { content } = await read(attached(one, { hologram_data: { url: URL_OF } }))
    expect(content.attachments.map((attachment) => attachment.kind)).toEqual([kind, 'unknown'])
    expect(content.raw).not.toContain('secret')
    expect(content.raw).toContain(URL_OF)
    const again = platform.readAgain(content.raw ?? '')
    expect(again?.attachments.map((attachment) => attachment.kind)).toEqual([kind, 'unknown'])
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

  it('is read on where single messages have no details, as those that were taken back', async () => {
    const gone = { id: 'gone', created_time: '2026-09-08T09:00:00+0000' }
    const page = { data: [gone, detailed(0), { ...detailed(1), id: {} }], paging: { cursors: { after: 'next' } } }
    server.answer = ({ path }) => {
      if (path.endsWith('/conversations')) return { body: { data: [{ id: 'thread' }] } }
      return { body: path.endsWith('/messages') ? { data: [gone, detailed(2)] } : { messages: page } }
    }
    expect(await found(0)).toBe(2)
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

  it('is read for 10 pages at most', async () => {
    const { time, runtime } = virtualRuntime()
    const asked: string[] = []
    const patient = metaMessenger({
      runtime,
      fetch: async (input: unknown) => {
        const { pathname, searchParams } = new URL(String(input))
        asked.push(searchParams.get('after') ?? '')
        if (pathname.endsWith('/conversations')) return Response.json({ data: [{ id: 'thread' }] })
        const page = { data: [detailed(asked.length)], paging: { cursors: { after: String(asked.length) } } }
        return Response.json(pathname.endsWith('/messages') ? page : { messages: page })
      },
    })
    const read = patient.history(sender, CUSTOMER, { since: 0 })
    await time.pass(60_000)
    expect((await read) as { messages?: readonly object[] }).toMatchObject({ messages: { length: 10 } })
    expect(asked).toEqual(['', '', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
  })

  /** A thread of two pages; the first names the next like this. */
  const pages = async (paging: object, second: object = { data: [detailed(1)] }) => {
    server.answer = ({ path }) => {
      if (path.endsWith('/conversations')) return { body: { data: [{ id: 'thread' }] } }
      return { body: path.endsWith('/messages') ? second : { messages: { data: [detailed(0)], paging } } }
    }
    return found(0)
  }

  it.each<[object, number]>([
    [{ cursors: { after: 'next' } }, 2],
    [{ next: 'https://graph.instagram.com/v25.0/thread/messages?limit=20&after=next' }, 2],
    [{ cursors: null, next: 'https://graph.instagram.com/?after=next' }, 2],
    [{ next: 'https://graph.instagram.com/?before=next' }, 1],
    [{ next: 'after=next' }, 1],
    [{ next: null, cursors: {} }, 1],
    [{}, 1],
  ])('goes on where Meta says, by %j', async (paging, messages) => {
    expect(await pages(paging)).toBe(messages)
    expect(server.received.map(({ query }) => query['after']).filter((after) => after !== undefined)).toEqual(
      messages === 2 ? ['next'] : [],
    )
  })

  it('ends where a page cannot be read, and is none where the first cannot', async () => {
    expect(await pages({ cursors: { after: 'next' } }, { data: 7 })).toBe(1)
    for (const messages of [7, { data: 7 }, { data: [], paging: 7 }]) {
      server.answer = ({ path }) =>
        path.endsWith('/conversations') ? { body: { data: [{ id: 'thread' }] } } : { body: { messages } }
      expect(await found(0)).toBe('outcome-unknown')
    }
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
