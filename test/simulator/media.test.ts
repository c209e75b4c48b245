import { expect, it } from 'vitest'
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
