import { createHmac } from 'node:crypto'
import { ACCOUNT, SECRET } from './bench-desk.ts'
import type { Random } from './random.ts'
import { customerText } from './texts.ts'

export const customerOf = (number: number): string => String(900_000_000_000_000 + number)

let mids = 0
/** As long as Meta's own. */
const newMid = (): string =>
  `aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDk5MDAwMDAwMDAx${process.pid}x${++mids}`.padEnd(120, 'Z')

const item = (customer: number, account: string, at: number, random: Random): object => ({
  sender: { id: customerOf(customer) },
  recipient: { id: account },
  timestamp: at,
  message: { mid: newMid(), text: customerText(random) },
})

/** The body of one delivery, as it comes over the wire: compact, everything beyond ASCII escaped. */
export const bodyOf = (
  customers: readonly number[],
  at: number,
  random: Random,
  account: string = ACCOUNT,
): Uint8Array => {
  const messaging = customers.map((customer) => item(customer, account, at, random))
  const body = JSON.stringify({ object: 'instagram', entry: [{ id: account, time: at, messaging }] })
  const escaped = body.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return new TextEncoder().encode(escaped)
}

export const signed = (body: Uint8Array): Request =>
  new Request('https://desk.example/webhook', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    },
    body: new Uint8Array(body),
  })
