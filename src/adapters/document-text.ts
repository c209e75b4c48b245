import type { DocumentPut } from '../application/ports/views.ts'

/**
 * A document as JSON text.
 * @throws TypeError
 */
export const documentText = ({ key, document }: DocumentPut): string => {
  const text = JSON.stringify(document) as string | undefined
  if (text === undefined) throw new TypeError(`document ${JSON.stringify(key)} cannot be written as JSON`)
  return text
}
