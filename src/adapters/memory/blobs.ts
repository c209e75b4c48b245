import type { Blobs } from '../../application/ports/blobs.ts'
import { idPage } from './id-page.ts'
import type { OpenGate } from './open-gate.ts'

export const memoryBlobs = ({ assertOpen }: OpenGate): Blobs => {
  const blobs = new Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>()
  return {
    put: async (blobId, mediaType, bytes) => {
      assertOpen()
      blobs.set(blobId, { mediaType, bytes: new Uint8Array(bytes) })
    },
    get: async (blobId) => {
      assertOpen()
      const kept = blobs.get(blobId)
      return kept && { mediaType: kept.mediaType, bytes: new Uint8Array(kept.bytes) }
    },
    remove: async (blobId) => {
      assertOpen()
      blobs.delete(blobId)
    },
    ids: async (page) => {
      assertOpen()
      return idPage(blobs.keys(), page)
    },
  }
}
