import { describe, expect, it } from 'vitest'
import { signature256, toWire } from '../../src/simulator/index.ts'
import { APP_SECRET, sample, stage } from './harness.ts'

interface Vector {
  readonly name: string
  readonly body: string
  readonly appSecret: string
  readonly 'x-hub-signature-256': string
}

const { vectors, negative } = sample('signature-vectors.json') as { vectors: Vector[]; negative: Vector[] }

describe('signatures', () => {
  it.each(vectors)('signs $name as the vector says', ({ body, appSecret, 'x-hub-signature-256': header }) => {
    expect(signature256(body, appSecret)).toBe(header)
  })

  it.each(negative)('never signs as $name does', ({ body, appSecret, 'x-hub-signature-256': header }) => {
    expect(signature256(body, appSecret)).not.toBe(header)
  })

  it.each(vectors.filter(({ name }) => name.includes('escape') || name === 'ascii'))(
    'writes $name byte for byte as Meta does',
    ({ body }) => {
      expect(toWire(JSON.parse(body))).toBe(body)
    },
  )

  it('escapes what is not ASCII in lower case, lone surrogates and NUL included', () => {
    expect(toWire({ text: 'É👋/\0\ud83d' })).toBe(String.raw`{"text":"\u00c9\ud83d\udc4b\/\u0000\ud83d"}`)
  })

  it('signs exactly the bytes that arrive, with both headers', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    await account.customer({}).says('¿Envían a Córdoba? مرحبا 👋🏽 https://x/y').delivered
    const [{ rawBody, headers } = expect.fail('nothing arrived')] = set.app.received
    expect(rawBody).toMatch(/^[ -~]+$/)
    expect(rawBody).toContain(String.raw`https:\/\/x\/y`)
    expect(headers.get('x-hub-signature-256')).toBe(signature256(rawBody, APP_SECRET))
    expect(headers.get('x-hub-signature')).toMatch(/^sha1=[0-9a-f]{40}$/)
    expect(set.meta.sign(rawBody)).toBe(headers.get('x-hub-signature-256'))
  })

  it('signs accounts of Instagram Login with the Instagram app secret, in requests of their own', async () => {
    await using set = await stage({ instagramAppSecret: 'fedcba9876543210', delivery: { maxEvents: 10, lingerMs: 5 } })
    const facebook = set.meta.addAccount({ flavour: 'facebook-login', username: 'a' })
    const instagram = set.meta.addAccount({ flavour: 'instagram-login', username: 'b' })
    facebook.customer({}).says('a')
    instagram.customer({}).says('b')
    await set.meta.idle()
    expect(
      set.app.received.map(({ rawBody, headers, body }) => [
        body.entry[0]?.id,
        headers.get('x-hub-signature-256') ===
          signature256(rawBody, body.entry[0]?.id === facebook.accountId ? APP_SECRET : 'fedcba9876543210'),
      ]),
    ).toEqual([
      [facebook.accountId, true],
      [instagram.accountId, true],
    ])
  })

  it('makes a signed_request as the vector does', async () => {
    await using set = await stage()
    const { vectors: [vector] = [] } = sample('signed-request-vectors.json')
    expect(set.meta.signedRequest('24000000000000001')).toBe(vector.signedRequest)
    const other = await stage({ instagramAppSecret: 'fedcba9876543210fedcba9876543210' })
    const { vectors: [, second] = [] } = sample('signed-request-vectors.json')
    expect(other.meta.signedRequest('24000000000000001', 'instagram-login')).toBe(second.signedRequest)
    await other[Symbol.asyncDispose]()
  })
})

describe('handshake', () => {
  it('is verified by an app that knows the token', async () => {
    await using set = await stage()
    expect(await set.meta.handshake()).toEqual({ verified: true, answer: { kind: 'answered', status: 200 } })
  })

  it('is not verified by one that does not', async () => {
    await using set = await stage({ verifyToken: 'another' })
    expect(await set.meta.handshake()).toEqual({ verified: false, answer: { kind: 'answered', status: 403 } })
  })
})
