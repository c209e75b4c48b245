import { pause } from './pause.ts'
import type { HostCommand } from './wire.ts'

/** How a command ended: with an answer, or refused for a reason. */
export type Answered =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly code: string }

/** Real milliseconds after which one asks once more, perhaps another host: the first may sleep. */
const PATIENCE = 6_000

/** Somebody who repeats a command, with its key, until it is answered. */
export class Agents {
  readonly #url: () => string | undefined
  /** Commands that broke off and were asked again. */
  repeated = 0
  /** Commands not yet answered. */
  waiting = 0

  constructor(url: () => string | undefined) {
    this.#url = url
  }

  async ask(command: HostCommand): Promise<Answered> {
    this.waiting++
    try {
      for (;;) {
        const url = this.#url()
        if (url !== undefined) {
          const answer = await once(url, command)
          if (answer === 'crowded') await pause(300)
          else if (answer !== undefined) return answer
          else this.repeated++
        }
        await pause(40)
      }
    } finally {
      this.waiting--
    }
  }
}

/** Undefined: it broke off, and nobody knows whether it was done. */
const once = async (url: string, command: HostCommand): Promise<Answered | 'crowded' | undefined> => {
  try {
    const response = await fetch(`${url}/control`, {
      method: 'POST',
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(PATIENCE),
    })
    const body: unknown = await response.json()
    if (response.ok) return { kind: 'done', body }
    if (response.status === 409) {
      const { code, facts } = body as { readonly code: string; readonly facts: { readonly field?: string } }
      // Too many replies wait there already: asked again, with the same key, when some have left.
      return facts.field === 'waiting replies' ? 'crowded' : { kind: 'refused', code }
    }
    return undefined
  } catch {
    return undefined
  }
}
