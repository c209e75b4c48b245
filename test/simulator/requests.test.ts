import { describe, expect, it } from 'vitest'
import { readGraphRequest } from '../../src/simulator/graph-request.ts'
import { seededChance } from '../../src/simulator/random.ts'
import { send, stage, type Stage } from './harness.ts'

// How a call is read, whom it counts for, and what it leaves behind.

const read = async (path: string, init: RequestInit = {}) => {
  const { method, host, path: parts, params, token } = await readGraphRequest(new Request(`http://a${path}`, init))
  return {
    method,
    ...(host !== undefined && { host }),
    path: parts.join(' '),
    params,
    ...(token !== undefined && { token }),
  }
}

describe('A call', () => {
  it.each([
    ['/me', undefined, 'me'],
    ['/v25.0/me/messages', undefined, 'me messages'],
    ['/graph.facebook.com/v25.0/me', 'graph.facebook.com', 'me'],
    ['/graph.instagram.com/me', 'graph.instagram.com', 'me'],
    ['/api.instagram.com/oauth/access_token', 'api.instagram.com', 'oauth access_token'],
    ['/www.facebook.com/v25.0/dialog/oauth', 'www.facebook.com', 'dialog oauth'],
    ['/www.instagram.com/oauth/authorize', 'www.instagram.com', 'oauth authorize'],
    ['/deep/below//graph.facebook.com/v1.99/x//y/', 'graph.facebook.com', 'x y'],
    ['/v25/me', undefined, 'v25 me'],
    ['/v25.0x/me', undefined, 'v25.0x me'],
    ['/xv25.0/me', undefined, 'xv25.0 me'],
    ['/a%20b/%zz', undefined, 'a b %zz'],
    ['', undefined, ''],
  ])('%s is one of %s for %s', async (path, host, parts) => {
    expect(await read(path)).toEqual({ method: 'GET', ...(host !== undefined && { host }), path: parts, params: {} })
  })

  it('may be to a host of Meta by its address', async () => {
    const { host } = await readGraphRequest(new Request('https://graph.instagram.com/v25.0/me'))
    expect(host).toBe('graph.instagram.com')
  })

  it.each<[string | undefined, string, string | undefined]>([
    ['Bearer abc', '', 'abc'],
    ['bearer  abc', '?access_token=x', 'abc'],
    ['Basic Bearer abc', '?access_token=x', 'x'],
    ['Basic Bearer abc', '', undefined],
    [undefined, '?access_token=x', 'x'],
    [undefined, '', undefined],
  ])('with the header %s and the query %s has the token %s', async (authorization, query, token) => {
    expect((await read(`/me${query}`, authorization === undefined ? {} : { headers: { authorization } })).token).toBe(
      token,
    )
  })

  const form = 'application/x-www-form-urlencoded'
  it.each<[string, string, object]>([
    ['application/json', '{"a":1,"q":2}', { a: 1, q: 2 }],
    ['text/plain', '{"a":"1"}', { a: '1', q: '1' }],
    ['application/json', '[1]', { q: '1' }],
    ['application/json', '{', { q: '1' }],
    ['application/json', '', { q: '1' }],
    [form, 'a=1&b=%7B%22c%22%3A1%7D&d=%5B1%5D', { a: '1', b: { c: 1 }, d: [1], q: '1' }],
    [`${form}; charset=utf-8`, 'a=1&a=2&a=3&b=', { a: ['1', '2', '3'], b: '', q: '1' }],
    [form, 'a=%7B&b= %7B%7D&c=x%7B%7D', { a: '{', b: {}, c: 'x{}', q: '1' }],
  ])('with a body of %s has its members before those of the query: %s', async (type, body, params) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body }
    expect(await read('/me?q=1', init)).toEqual({ method: 'POST', path: 'me', params })
  })
})

const opened = async (set: Stage, username: string) => {
  const account = set.meta.addAccount({ flavour: 'facebook-login', username })
  const maria = account.customer({ name: 'Maria' })
  maria.says('hi')
  const post = async (message: object) =>
    (
      await set.call('/me/messages', {
        method: 'POST',
        token: account.token,
        body: { recipient: { id: maria.customerId }, message },
      })
    ).status
  const get = async (path: string) => (await set.call(path, { token: account.token })).status
  return { account, maria, post, get }
}

describe('The rate of calls', () => {
  it('is counted for each account, and for each kind of call', async () => {
    await using set = await stage({ limits: { text: 2, media: 1, conversations: 1 } })
    const one = await opened(set, 'one')
    const other = await opened(set, 'other')
    const text = { text: 'x' }
    const media = (type: string, ending: string) => ({
      attachment: { type, payload: { url: `https://a.example/a.${ending}` } },
    })
    expect([await one.post(text), await one.post(media('image', 'png')), await one.post(text)]).toEqual([200, 200, 400])
    expect([await one.post(media('audio', 'aac')), await one.post(media('video', 'mp4'))]).toEqual([200, 400])
    expect([await other.post(text), await other.post(media('video', 'mp4'))]).toEqual([200, 200])
    const [conversation] = (await set.call('/me/conversations?platform=instagram', { token: other.account.token })).body
      .data
    expect(await other.get(`/${conversation.id}`)).toBe(400)
    const profiles = [
      await one.get(`/${one.maria.customerId}`),
      await one.get(`/${one.maria.customerId}`),
      await one.get('/me'),
    ]
    expect(profiles).toEqual([200, 200, 200])
    expect(await one.get('/me/conversations?platform=instagram')).toBe(200)
  })
})

describe('What a call leaves behind', () => {
  it('is an entry in the books only where it was to send a message', async () => {
    await using set = await stage()
    const { account, maria } = await opened(set, 'acme')
    const refused = (method: string, path: string, body?: object) =>
      set.call(path, { method, token: account.token, ...(body !== undefined && { body }) })
    expect((await refused('GET', '/me/messages')).body.error).toMatchObject({ code: 100, error_subcode: 33 })
    for (const [method, path] of [
      ['POST', '/me/message_attachments'],
      ['POST', '/me/feed'],
      ['POST', '/me'],
      ['DELETE', '/me/messages'],
    ] as const)
      expect((await refused(method, path, {})).status).toBe(400)
    expect((await refused('POST', '/me/feed', {})).body.error).toMatchObject({ code: 100, error_subcode: 33 })
    expect(set.meta.ledger.calls).toEqual([])
    await send(set, account.token, maria.customerId, 'x')
    await refused('POST', '/me/messages', {})
    expect(set.meta.ledger.calls.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused'])
  })

  it('is heard by those who watch, also of a sign-in', async () => {
    await using set = await stage()
    const { account } = await opened(set, 'acme')
    await set.meta.idle()
    let changes = 0
    set.meta.watch(() => changes++)
    for (const path of ['/dialog/oauth', '/oauth/authorize', '/debug_token', '/me']) {
      const before = changes
      await set.call(path, { token: account.token })
      expect(changes, path).toBe(before + 1)
    }
  })

  it('is in the words of the API where the answer is lost, each with a trace', async () => {
    await using set = await stage({ faults: { loseAnswer: 1 } })
    const { account, maria } = await opened(set, 'acme')
    const answers = new Set<unknown>()
    for (let n = 0; n < 30; n++)
      await send(set, account.token, maria.customerId, `${n}`).then(
        ({ status, body }) => {
          if (body.error !== undefined) expect(body.error.fbtrace_id).toMatch(/^A.{18}$/)
          answers.add(`${status} ${body.error?.code ?? 'no JSON'}`)
        },
        () => answers.add('cut'),
      )
    expect(answers).toEqual(new Set(['cut', '500 1', '500 2', '502 no JSON']))
  })

  it('is an echo as it was sent, with what it quotes', async () => {
    await using set = await stage()
    const { account, maria } = await opened(set, 'acme')
    const { mid } = maria.says('hello')
    const { body } = await send(set, account.token, maria.customerId, 'x', { reply_to: { mid } })
    await send(set, account.token, maria.customerId, 'y', { reply_to: { mid: body.message_id } })
    await set.meta.idle()
    const echoes = set.app.events().flatMap(({ message }) => (message?.is_echo ? [message.reply_to] : []))
    expect(echoes).toEqual([{ mid }, { mid: body.message_id }])
  })

  it.each([
    ['love', '❤️', 'love'],
    ['like', '👍', 'like'],
    ['laugh', '😂', 'laugh'],
    ['wow', '😮', 'wow'],
    ['sad', '😢', 'sad'],
    ['angry', '😠', 'angry'],
    ['🎉', '🎉', 'other'],
    ['😂', '😂', 'laugh'],
  ])('is the reaction %s, shown as %s and named %s', async (given, emoji, reaction) => {
    await using set = await stage()
    const { account, maria } = await opened(set, 'acme')
    const { mid } = maria.says('hello')
    maria.reacts(mid, '👍')
    const acts = (sender_action: string, payload: object) =>
      set.call('/me/messages', {
        method: 'POST',
        token: account.token,
        body: { recipient: { id: maria.customerId }, sender_action, payload },
      })
    await acts('react', { message_id: mid, reaction: given })
    const customer = { reaction: 'like', emoji: '👍' }
    expect(maria.phone().messages.at(-1)?.reactions).toEqual({ customer, business: { reaction, emoji } })
    await acts('unreact', { message_id: mid })
    expect(maria.phone().messages.at(-1)?.reactions).toEqual({ customer })
  })
})

describe('Chance', () => {
  it('depends on each part of its key, and on the seed', () => {
    const chance = seededChance(1)
    const keys = [['a', 'b'], ['ab'], ['a', 'b', ''], ['b', 'a'], ['a', 1, 'b'], []]
    const units = [...keys.map((key) => chance.unit(...key)), seededChance(2).unit('ab')]
    expect(new Set(units).size).toBe(units.length)
    expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true)
    expect(seededChance(1).unit('ab')).toBe(units[1])
  })

  it('happens never at 0, always at 1, and else where its number is below', () => {
    const chance = seededChance(1)
    for (const key of Array.from({ length: 100 }, (_, n) => n)) {
      const unit = chance.unit(key)
      const happens = [0, unit, unit + 1e-9, 1].map((probability) => chance.happens(probability, key))
      expect(happens).toEqual([false, false, true, true])
    }
  })

  it('draws every number, element and character, and no other', () => {
    const chance = seededChance(1)
    const drawn = (draw: (n: number) => unknown) => new Set(Array.from({ length: 300 }, (_, n) => draw(n)))
    expect(drawn((n) => chance.between(3, 6, n))).toEqual(new Set([3, 4, 5, 6]))
    expect(drawn((n) => chance.pick(['a', 'b', 'c'], n))).toEqual(new Set(['a', 'b', 'c']))
    const text = chance.text(300, 'xyz', 'key')
    expect([text.length, new Set(text)]).toEqual([300, new Set('xyz')])
    expect(chance.text(10, 'xyz', 'key')).toBe(text.slice(0, 10))
  })
})
