import type { IdPage } from './ids.ts'

/** Files: icons of channels. */
export interface Blobs {
  put(blobId: string, mediaType: string, bytes: Uint8Array): Promise<void>
  get(blobId: string): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array } | undefined>
  remove(blobId: string): Promise<void>
  /** A page of the ids of all files. */
  ids(page?: IdPage): Promise<readonly string[]>
}
