import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { InvalidMetaOption, metaPlatform } from '../../../src/adapters/meta/index.ts'
import { bytes, sample } from './samples.ts'

interface Vector {
  readonly name: string
  readonly body: string
  readonly appSecret: string
  readonly 'x-hub-signature-256': string
  readonly valid: boolean
}
const samples = sample<Readonly<Record<'vectors' | 'negative', readonly Vector[]>>>('signature-vectors.json')
const vectors = [...samples.vectors, ...samples.negative]
const SECRET = '0123456789abcdef0123456789abcdef'
const platformOf = (...appSecrets: readonly string[]) => metaPlatform({ appSecrets, verifyToken: 'let-me-in' })
const sign = (body: Uint8Array, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

describe('A signature', () => {
  it.each(vectors)('is $valid for the vector $name', (vector) => {
    const platform = platformOf(vector.appSecret)
    expect(platform.verify(vector['x-hub-signature-256'], bytes(vector.body))).toBe(vector.valid)
  })

  it('has vectors of both kinds', () => {
    expect(new Set(vectors.map(({ valid }) => valid))).toEqual(new Set([true, false]))
  })

  it('may be made with any one of several secrets', () => {
    const platform = platformOf('first', 'second', 'third')
    for (const secret of ['first', 'second', 'third']) {
      expect(platform.verify(sign(bytes('{}'), secret), bytes('{}'))).toBe(true)
    }
  })

  it('is refused for a secret that is not among them', () => {
    expect(platformOf('first', 'second').verify(sign(bytes('{}'), 'fourth'), bytes('{}'))).toBe(false)
  })

  it.each([
    null,
    '',
    'sha256=',
    'sha256',
    `sha256=${'0'.repeat(63)}`,
    `sha256=${'0'.repeat(65)}`,
    ` sha256=${'0'.repeat(64)}`,
  ])('is refused without throwing if it is %j', (signature) => {
    expect(platformOf(SECRET).verify(signature, bytes('{}'))).toBe(false)
  })

  it('is refused with anything behind it, a line feed included', () => {
    const signature = sign(bytes('{}'), SECRET)
    expect(platformOf(SECRET).verify(`${signature}\n`, bytes('{}'))).toBe(false)
    expect(platformOf(SECRET).verify(`${signature},${signature}`, bytes('{}'))).toBe(false)
  })

  it('covers the bytes as they came, and bytes inside of a larger buffer', () => {
    const body = bytes('{"a":"\\/"}')
    const larger = new Uint8Array(body.length + 8).fill(65)
    larger.set(body, 4)
    expect(platformOf(SECRET).verify(sign(body, SECRET), larger.subarray(4, 4 + body.length))).toBe(true)
    expect(platformOf(SECRET).verify(sign(body, SECRET), bytes('{"a":"/"}'))).toBe(false)
  })
})

describe('The handshake', () => {
  const ask = (query: Record<string, string>) =>
    platformOf(SECRET).handshake(new URL(`https://desk.example/hook?${new URLSearchParams(query).toString()}`))

  it('gives the challenge back for our verify token', () => {
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'let-me-in', 'hub.challenge': '1158201444' }
    expect(ask(query)).toBe('1158201444')
  })

  it.each([
    ['another token', { 'hub.mode': 'subscribe', 'hub.verify_token': 'let-me-in!', 'hub.challenge': '1' }],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['another mode', { 'hub.mode': 'unsubscribe', 'hub.verify_token': 'let-me-in', 'hub.challenge': '1' }],
    ['no mode', { 'hub.verify_token': 'let-me-in', 'hub.challenge': '1' }],
    ['no challenge', { 'hub.mode': 'subscribe', 'hub.verify_token': 'let-me-in' }],
    ['nothing', {}],
  ])('is refused with %s', (_, query: Record<string, string>) => {
    expect(ask(query)).toBeUndefined()
  })
})

describe('The options of the platform', () => {
  it.each([
    ['appSecrets', { appSecrets: [], verifyToken: 'let-me-in' }],
    ['appSecrets', { verifyToken: 'let-me-in' }],
    ['appSecrets.1', { appSecrets: ['one', ''], verifyToken: 'let-me-in' }],
    ['appSecrets.0', { appSecrets: [{ secret: 'very-secret' }], verifyToken: 'let-me-in' }],
    ['verifyToken', { appSecrets: [SECRET], verifyToken: '' }],
    ['verifyToken', { appSecrets: [SECRET] }],
    ['options', 'very-secret'],
  ])('are refused by the name of %s, without the value', (option, options) => {
    const refuse = () => metaPlatform(options as never)
    expect(refuse).toThrow(InvalidMetaOption)
    expect(refuse).toThrow(expect.objectContaining({ option }))
    expect(refuse).not.toThrow(/very-secret|let-me-in|one"/)
  })

  it('say what is wrong with them', () => {
    const refuse = (options: object) => () => metaPlatform(options as never)
    expect(refuse({ appSecrets: [SECRET] })).toThrow('verifyToken: is missing')
    expect(refuse({ appSecrets: [], verifyToken: 'x' })).toThrow('appSecrets: must hold at least one secret')
    expect(refuse({ appSecrets: [5], verifyToken: 'x' })).toThrow('appSecrets.0: must be a text that is not empty')
  })
})
