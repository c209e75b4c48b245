import { createHash } from 'node:crypto'

import type { Json } from '../../../application/ports/json.ts'

/** A key for what Meta gives no id: the same for every delivery of one event, and telling nothing of its content. */
export const derivedKey = (kind: string, who: string, metaAt: number, content: readonly (Json | undefined)[]): string =>
  `${kind}:${who}:${metaAt}:${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)}`
