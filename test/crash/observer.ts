import type { Handler } from 'madoguchi/simulator'

/** One call of the Send API, as seen at the door of the platform. */
export interface SeenCall {
  readonly customerId: string
  /** The text, or the address of the picture. */
  readonly content: string
  readonly began: number
  /** Milliseconds until the platform let go of its answer; undefined: it never came to that. */
  took?: number
  status?: number
}

/** What the platform was asked and what it showed, written down at its door. */
export interface Observer {
  readonly handle: Handler
  readonly calls: readonly SeenCall[]
  /** In which lives of the host a look at a conversation showed the content of a message, by mid. */
  readonly shown: ReadonlyMap<string, ReadonlySet<number>>
  /** Called when a send has come and nothing was done yet, and when it was done and not yet answered. */
  onSend: (moment: 'asked' | 'done') => void
}

interface SendBody {
  readonly recipient?: { readonly id?: string }
  readonly message?: {
    readonly text?: string
    readonly attachment?: { readonly payload?: { readonly url?: string } }
    readonly attachments?: readonly { readonly payload?: { readonly url?: string } }[]
  }
}

const contentOf = ({ message }: SendBody): string | undefined =>
  message?.text ?? message?.attachment?.payload?.url ?? message?.attachments?.[0]?.payload?.url

interface Shown {
  readonly messages?: { readonly data?: readonly { readonly id?: string; readonly from?: unknown }[] }
}

/** Stands before the platform's handler and changes nothing. */
export const observe = (handler: Handler, life: () => number): Observer => {
  const calls: SeenCall[] = []
  const shown = new Map<string, Set<number>>()
  const observer: Observer = {
    calls,
    shown,
    onSend: () => {},
    handle: async (request) => {
      const { pathname, searchParams } = new URL(request.url)
      if (request.method === 'POST' && pathname.endsWith('/messages')) {
        const bytes = await request.arrayBuffer()
        const body = JSON.parse(new TextDecoder().decode(bytes)) as SendBody
        const call: SeenCall = {
          customerId: body.recipient?.id ?? '',
          content: contentOf(body) ?? '',
          began: performance.now(),
        }
        calls.push(call)
        observer.onSend('asked')
        const response = await handler(
          new Request(request.url, { method: 'POST', headers: request.headers, body: bytes }),
        )
        call.took = performance.now() - call.began
        call.status = response.status
        observer.onSend('done')
        return response
      }
      const asked = life()
      const response = await handler(request)
      if (response.ok && searchParams.get('fields')?.startsWith('messages') === true) {
        const { messages } = (await response.clone().json()) as Shown
        for (const { id, from } of messages?.data ?? [])
          if (id !== undefined && from !== undefined) shown.set(id, (shown.get(id) ?? new Set<number>()).add(asked))
      }
      return response
    },
  }
  return observer
}
