import type { DocumentPut, ViewChanges } from '../application/ports/views.ts'
import { DocumentsRefused, type RefusedDocument } from '../application/ports/store-errors.ts'
import { encodeEntry } from './index-key.ts'

/**
 * A document as JSON text.
 * @throws TypeError
 */
export const documentText = ({ key, document }: DocumentPut): string => {
  const text = JSON.stringify(document) as string | undefined
  if (text === undefined) throw new TypeError(`document ${JSON.stringify(key)} cannot be written as JSON`)
  return text
}

/** Entries of one index that cannot be written. */
class EntriesRefused extends TypeError {
  readonly index: string
  constructor(index: string, cause: unknown) {
    super(`entries of index ${index} cannot be written`, { cause })
    this.index = index
  }
}

/**
 * The entries of a document as texts, by index.
 * @throws TypeError
 */
export const encodedEntries = ({
  entries,
}: DocumentPut): readonly (readonly [index: string, entries: readonly string[]])[] =>
  Object.entries(entries).map(([index, tuples]) => {
    try {
      return [index, tuples.map(encodeEntry)] as const
    } catch (cause) {
      throw new EntriesRefused(index, cause)
    }
  })

/** Documents of a commit as an engine keeps them, and which of them it cannot keep. */
export class PutTexts<Text> {
  readonly #toText: (put: DocumentPut) => Text
  readonly #refused: RefusedDocument[] = []

  /** @param toText throws what {@link documentText} and {@link encodedEntries} do */
  constructor(toText: (put: DocumentPut) => Text) {
    this.#toText = toText
  }

  of({ view, puts }: ViewChanges): readonly Text[] {
    return puts.flatMap((put) => {
      try {
        return [this.#toText(put)]
      } catch (error) {
        this.#refused.push({ view, key: put.key, ...(error instanceof EntriesRefused ? { index: error.index } : {}) })
        return []
      }
    })
  }

  /** @throws DocumentsRefused */
  assertNoneRefused(): void {
    if (this.#refused.length > 0) throw new DocumentsRefused(this.#refused)
  }
}
