import type { Handler } from 'madoguchi/simulator'
import { LEFT_AT } from './wire.ts'

/** One call of the Send API, as seen at the door of the platform. */
export interface SeenCall {
  readonly customerId: string
  /** The text, or the address of the picture. */
  readonly content: string
  /** The life of a host that made it. */
  readonly life: number
  /** Business time at which it came. */
  readonly at: number
  /** Real time at which it left its host. */
  readonly leftAt: number
  readonly began: number
  /** Milliseconds until the platform let go of its answer; undefined: it never came to that. */
  took?: number
  status?: number
}

/** A look at a conversation that was answered. */
export interface SeenLook {
  readonly customerId: string
  /** Business time at which it came. */
  readonly at: number
  /** The messages of which it showed the content. */
  readonly mids: ReadonlySet<string>
}

/** Called when a send has come and nothing was done yet, and when it was done and not yet answered. */
export type OnSend = (moment: 'asked' | 'done', life: number) => void

/** What the platform was asked and what it showed, written down at its door. */
export interface Observer {
  readonly handle: Handler
  readonly calls: readonly SeenCall[]
  readonly looks: readonly SeenLook[]
  readonly listeners: Set<OnSend>
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

interface Found {
  readonly data?: readonly { readonly id: string }[]
}

interface Shown {
  readonly messages?: { readonly data?: readonly { readonly id?: string; readonly from?: unknown }[] }
}

/** The address below which a life of a host finds the platform: the simulator answers below any. */
export const addressOf = (platform: string, life: number): string => `${platform}/lives/${life}`

const lifeOf = (pathname: string): number => Number(/^\/lives\/(\d+)\//.exec(pathname)?.[1] ?? 0)

/** Stands before the platform's handler and changes nothing. */
export const observe = (handler: Handler, now: () => number): Observer => {
  const calls: SeenCall[] = []
  const looks: SeenLook[] = []
  const listeners = new Set<OnSend>()
  const threads = new Map<string, string>()
  return {
    calls,
    looks,
    listeners,
    handle: async (request) => {
      const { pathname, searchParams } = new URL(request.url)
      const life = lifeOf(pathname)
      const at = now()
      if (request.method === 'POST' && pathname.endsWith('/messages')) {
        const bytes = await request.arrayBuffer()
        const body = JSON.parse(new TextDecoder().decode(bytes)) as SendBody
        const call: SeenCall = {
          customerId: body.recipient?.id ?? '',
          content: contentOf(body) ?? '',
          life,
          at,
          leftAt: Number(request.headers.get(LEFT_AT)),
          began: performance.now(),
        }
        calls.push(call)
        for (const listener of listeners) listener('asked', life)
        const response = await handler(
          new Request(request.url, { method: 'POST', headers: request.headers, body: bytes }),
        )
        call.took = performance.now() - call.began
        call.status = response.status
        for (const listener of listeners) listener('done', life)
        return response
      }
      const response = await handler(request)
      if (!response.ok || request.method !== 'GET') return response
      const customerId = searchParams.get('user_id')
      if (customerId !== null) {
        const { data } = (await response.clone().json()) as Found
        for (const { id } of data ?? []) threads.set(id, customerId)
      } else if (searchParams.get('fields')?.startsWith('messages') === true) {
        const { messages } = (await response.clone().json()) as Shown
        const mids = (messages?.data ?? []).flatMap(({ id, from }) =>
          id !== undefined && from !== undefined ? [id] : [],
        )
        const thread = pathname.slice(pathname.lastIndexOf('/') + 1)
        looks.push({ customerId: threads.get(decodeURIComponent(thread)) ?? '', at, mids: new Set(mids) })
      }
      return response
    },
  }
}
