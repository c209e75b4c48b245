import { crc32, inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { placeholderPng } from '../../src/simulator/media.ts'
import { stage } from './harness.ts'

it('serves a picture under its own media links, and points to the host of Meta otherwise', async () => {
  await using set = await stage()
  const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
  const maria = account.customer({})
  maria.sends({ attachments: [{ type: 'image' }] })
  const link = maria.phone().messages[0]?.attachments?.[0]?.payload?.['url'] as string
  const url = new URL(link)
  expect(url.host).toBe('lookaside.fbsbx.com')
  const response = await fetch(`${set.url}${url.pathname}${url.search}`)
  expect(response.headers.get('content-type')).toBe('image/png')
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')

  await using own = await stage({ mediaBase: 'https://desk.example.com/meta' })
  const other = own.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({})
  other.sends({ attachments: [{ type: 'image' }] })
  expect(other.phone().messages[0]?.attachments?.[0]?.payload?.['url']).toMatch(
    /^https:\/\/desk\.example\.com\/meta\/ig_messaging_cdn\//,
  )
})

it('draws a square of one colour as PNG', () => {
  const png = Buffer.from(placeholderPng([1, 128, 255]))
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const chunks: [string, Buffer][] = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    chunks.push([body.toString('latin1', 0, 4), body.subarray(4)])
    at += 12 + length
  }
  expect(chunks.map(([type]) => type)).toEqual(['IHDR', 'IDAT', 'IEND'])
  const [[, header] = ['', Buffer.alloc(0)], [, data] = ['', Buffer.alloc(0)], [, end] = ['', Buffer.alloc(1)]] = chunks
  // 96 by 96 pixels of 8 bits each of red, green and blue; not interlaced.
  expect([...header]).toEqual([0, 0, 0, 96, 0, 0, 0, 96, 8, 2, 0, 0, 0])
  const row = [0, ...Array.from({ length: 96 }, () => [1, 128, 255]).flat()]
  expect(inflateSync(data).equals(Buffer.from(Array.from({ length: 96 }, () => row).flat()))).toBe(true)
  expect(end).toHaveLength(0)
})

it('gives each medium its colour, light enough to be seen and always the same', async () => {
  await using set = await stage()
  const picture = async (id: string) =>
    Buffer.from(await (await fetch(`${set.url}/x/ig_messaging_cdn/?asset_id=${id}`)).arrayBuffer())
  expect((await picture('1')).equals(await picture('1'))).toBe(true)
  expect((await picture('1')).equals(await picture('2'))).toBe(false)
})
