import type { Sending } from './steps.ts'

interface Held {
  answer(): void
}

/** Meta's Graph API without a socket: answers sends as the script says, and knows what it delivered. */
export class ScriptedGraph {
  how: Sending = 'sent'
  /** Texts that were delivered, by account and customer. */
  readonly delivered: {
    readonly accountId: string
    readonly customerId: string
    readonly text: string
    readonly mid: string
  }[] = []
  readonly #held: Held[] = []

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (typeof init?.body === 'string' && url.pathname.endsWith('/messages')) {
      const body = JSON.parse(init.body) as { recipient?: { id?: string }; message?: { text?: string } }
      return this.#send(url.pathname.split('/').at(-2)!, body.recipient?.id ?? '', body.message?.text)
    }
    if (url.pathname.endsWith('/conversations')) return json({ data: [] })
    return json({ error: { message: 'no profile', type: 'OAuthException', code: 100, error_subcode: 33 } }, 400)
  }

  async #send(accountId: string, customerId: string, text: string | undefined): Promise<Response> {
    if (text === undefined) return json({ recipient_id: customerId })
    switch (this.how) {
      case 'held':
        await new Promise<void>((answer) => this.#held.push({ answer }))
        return this.#arrive(accountId, customerId, text)
      case 'sent':
        return this.#arrive(accountId, customerId, text)
      case 'refused':
        return failure(400, 100, 2534015)
      case 'window':
        return failure(403, 10, 2534022)
      case 'throttled':
        return failure(400, 613)
      case 'lost':
        return failure(500, 2)
    }
  }

  #arrive(accountId: string, customerId: string, text: string): Response {
    const mid = `s${this.delivered.length}`
    this.delivered.push({ accountId, customerId, text, mid })
    return json({ recipient_id: customerId, message_id: mid })
  }

  /** The calls that are held are answered. */
  release(): void {
    for (const { answer } of this.#held.splice(0)) answer()
  }
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
const failure = (status: number, code: number, subcode?: number): Response =>
  json(
    {
      error: {
        message: 'refused',
        type: 'OAuthException',
        code,
        ...(subcode !== undefined && { error_subcode: subcode }),
      },
    },
    status,
  )
