import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import { bytes } from './samples.ts'

// A body parser in front of the desk breaks every signature: the log can say so only if this is recognized.

const SECRET = '0123456789abcdef0123456789abcdef'
const { isWrittenAgain, verify } = metaPlatform({ appSecrets: [SECRET], verifyToken: 'token' })
const sign = (text: string, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(bytes(text)).digest('hex')}`
const VALUE = { url: 'https://a/b', text: 'x\u007f\u0080é窓\uffff\u{1f44b}"\\\n' }
const plain = JSON.stringify(VALUE)
const escaped = String.raw`{"url":"https://a/b","text":"x${'\u007f'}\u0080\u00e9\u7a93\uffff\ud83d\udc4b\"\\\n"}`
const slashed = (text: string) => text.replaceAll('/', String.raw`\/`)

describe('A body whose JSON was read and written again', () => {
  it.each([
    ['escapes and slashes', slashed(escaped)],
    ['escapes', escaped],
    ['slashes', slashed(plain)],
    ['neither', plain],
  ])('is recognized by the signature of what Meta wrote with %s', (_, original) => {
    expect(JSON.parse(original)).toEqual(VALUE)
    for (const again of [plain, JSON.stringify(VALUE, null, 2), slashed(plain)]) {
      expect(isWrittenAgain(sign(original), bytes(again))).toBe(true)
      expect(verify(sign(original), bytes(again))).toBe(again === original)
    }
  })

  it.each([
    ['another secret signed', sign(plain, 'another'), plain],
    ['says something else', sign(plain), JSON.stringify({ ...VALUE, text: 'y' })],
    ['is no JSON', sign('{'), '{'],
    ['is empty', sign(''), ''],
    ['has no signature', null, plain],
  ])('is not what %s', (_, signature, text) => expect(isWrittenAgain(signature, bytes(text))).toBe(false))

  it('is looked for in bodies up to 256 KiB', () => {
    const body = (length: number) => JSON.stringify('/'.repeat(length - 2))
    const shows = (text: string) => isWrittenAgain(sign(slashed(text)), bytes(text))
    expect(shows(body(262_144))).toBe(true)
    expect(shows(body(262_145))).toBe(false)
  })
})
