import { createHash } from 'node:crypto'

import type { Json } from '../../../application/ports/json.ts'

/**
 * A key for what Meta gives no id: the same for every delivery of one event. It shows nothing of the content, but its digest has no
 * key of ours: whoever guesses the content, such as a short title of a button, can see that it was this one.
 */
export const derivedKey = (kind: string, who: string, metaAt: number, content: readonly (Json | undefined)[]): string =>
  `${kind}:${who}:${metaAt}:${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)}`
