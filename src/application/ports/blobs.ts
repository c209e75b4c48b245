/** Files: icons of channels. */
export interface Blobs {
  put(blobId: string, mediaType: string, bytes: Uint8Array): Promise<void>
  get(blobId: string): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array } | undefined>
  remove(blobId: string): Promise<void>
}
