import type { Json } from '../../../application/ports/json.ts'
import type { Run } from './envelope.ts'
import { jsonText } from './json.ts'
import { asList, asObject } from './readers.ts'

/** The events of a body beyond those that are read: kept together, as a body that can be read again. */
export class Rest {
  count = 0
  #accountId: string | undefined
  readonly #bodies: Json[] = []
  /** The entries of the last of them, where it is one of Instagram's. */
  #entries: Json[] | undefined

  /** Of whom they are, if all are of one account; else `''`. */
  get accountId(): string {
    return this.#accountId ?? ''
  }

  add({ items, accountOf, enclose }: Pick<Run, 'items' | 'accountOf' | 'enclose'>, count: number): void {
    const [first = null] = items
    const accountId = items.every((item) => accountOf(item) === accountOf(first)) ? accountOf(first) : ''
    this.#accountId = this.count === 0 || this.#accountId === accountId ? accountId : ''
    this.count += count
    const enclosed = enclose(items)
    const entries = asList(asObject(enclosed)?.['entry'])
    if (asObject(enclosed)?.['object'] === 'instagram' && entries !== undefined) {
      if (this.#entries === undefined) this.#bodies.push({ object: 'instagram', entry: (this.#entries = []) })
      for (const entry of entries) this.#entries.push(entry)
      return
    }
    this.#entries = undefined
    for (const body of asList(enclosed) ?? [enclosed]) this.#bodies.push(body)
  }

  text(): string {
    return jsonText(this.#bodies.length === 1 ? this.#bodies[0]! : this.#bodies)
  }
}
