import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds, tells } from '../../holds.ts'
import { isPublicHost } from '../../../src/domain/conversation/public-host.ts'
import * as talk from './talk.ts'

/** The host as a browser understands it. */
const asBrowsersRead = (host: string): string | undefined =>
  URL.canParse(`https://${host}/`) ? new URL(`https://${host}/`).hostname : undefined

describe('a host', () => {
  it.each([
    'shop.example',
    'cdn.shop.example.',
    'shop-1.test',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '192.169.0.1',
    '134744072',
    '[2606:4700::1111]',
    '[2606:4700::8.8.8.8]',
    '[::ffff:8.8.8.8]',
    // Only beside the whole prefix is the end an address of version 4, or the range one that is discarded.
    '[64:ff9a::10.0.0.1]',
    '[65:ff9b::10.0.0.1]',
    '[64:ff9b::8.8.8.8]',
    '[2003:7f00:1::1]',
    '[2002:808:808::1]',
    '[101::1]',
    '[100:1::1]',
    '[100:0:1::1]',
    '[fe00::1]',
    '[fbff::1]',
    'localhost.shop.example',
    '10.shop.example',
    '注文.example',
  ])('is public as %s', (host) => {
    expect(isPublicHost(host)).toBe(true)
  })

  it.each([
    '',
    '.',
    'localhost',
    'LocalHost.',
    'a.localhost',
    'a.localhost.',
    'printer.local',
    'metadata.google.internal',
    'localhost.localdomain',
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7f.1',
    '0X7F.0.0.1',
    '0177.0.0.01',
    '0',
    '0x',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '１２７.0.0.1',
    '127。0。0。1',
    '127｡0.0.1',
    '%31%32%37.0.0.1',
    'local\u00adhost',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    '%',
    '1.2.3.4.5',
    '256.1.1.1',
    '08.8.8.8',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
    '[2002:7f00:1::]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fe80::1]',
    '[fe80::1%25eth0]',
    '[fec0::1]',
    '[ff02::1]',
    '[100::1]',
    '[1::2::3]',
    '[1:2:3:4:5:6:7:8:9]',
    '[12345::]',
    '[2606:4700::1.2.3]',
    '[2606:4700::1.2.3.256]',
    '[2606:4700::0x1.2.3.4]',
    '[2606:4700::1.2.3.4.5]',
    '[2606:4700::12345]',
    '[2606:4700::g]',
    '[2606:4700:1:1:1:1:1]',
    '[2606:4700:1:1::1:1:1:1]',
    '[]',
    '[::1',
  ])('is not public as %s', (host) => {
    expect(isPublicHost(host)).toBe(false)
  })

  it('is read as browsers read it, in whatever spelling of an IPv4 address', () => {
    const byte = fc.nat({ max: 255 })
    const spelling = fc.constantFrom<(value: number) => string>(
      String,
      (value) => `0x${value.toString(16)}`,
      (value) => `0${value.toString(8)}`,
      (value) => `0X${value.toString(16).toUpperCase()}`,
    )
    holds(
      fc.property(
        fc.tuple(fc.constantFrom(10, 127, 172, 192, 169, 8, 203), byte, byte, byte),
        fc.array(spelling, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', '.'),
        (bytes, spellings, parts, dot) => {
          const head = bytes.slice(0, parts - 1)
          const rest = bytes.slice(parts - 1).reduce((sum, each) => sum * 256 + each, 0)
          const host = [...head, rest].map((value, place) => spellings[place]?.(value)).join('.') + dot
          expect(asBrowsersRead(host)?.replace(/\.$/, '')).toBe(bytes.join('.'))
          const isPublic = isPublicHost(host)
          tells(!isPublic)
          expect(isPublic).toBe(isPublicHost(bytes.join('.')))
        },
      ),
      { floor: 0.15 },
    )
  })

  it('is the same for every spelling of an IPv6 address', () => {
    holds(
      fc.property(fc.ipV6(), (address) => {
        const read = asBrowsersRead(`[${address}]`)
        if (read === undefined) return
        tells(true)
        expect(isPublicHost(`[${address}]`)).toBe(isPublicHost(read))
      }),
      { floor: 0.5 },
    )
  })

  it('of any shape is judged without throwing', () => {
    holds(
      fc.property(fc.string({ unit: 'binary' }), (host) => {
        tells(host.length > 0)
        expect(isPublicHost(host)).toBeTypeOf('boolean')
      }),
      { floor: 0.5 },
    )
  })
})

describe('a link to a medium', () => {
  const media = (url: string) => talk.reply({ media: [{ kind: 'image', url }] })

  it.each([
    'https://127.0.0.1/a.jpg',
    'https://localhost:8443/a.jpg',
    'https://0x7f.1/a.jpg',
    'https://[::1]/a.jpg',
    'https://[::ffff:10.0.0.1]:443/a.jpg',
    'https://169.254.169.254/latest/meta-data',
    'https://shop.localhost./a.jpg',
  ])('to a private address is refused: %s', (url) => {
    talk
      .given(talk.receive())
      .when(media(url))
      .refuses('invalid', { field: 'media[0].url', expected: 'a link to a public host', given: 'a private address' })
  })

  it.each([
    'https://127.0.0.1\\.shop.example/a',
    'https://shop.example\\@127.0.0.1/',
    'https://[::1/a',
    'https://a[b/',
  ])('that browsers read in another way is none: %s', (url) => {
    talk.given(talk.receive()).when(media(url)).refuses('invalid')
  })

  it('to a public address is taken', () => {
    for (const url of ['https://shop.example/a.jpg', 'https://8.8.8.8/a.jpg', 'https://[2606:4700::1111]/a.jpg']) {
      expect(talk.types(talk.given(talk.receive()).when(media(url)).events())).toContain('ReplyQueued')
    }
  })
})
