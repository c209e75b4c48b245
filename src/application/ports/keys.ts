/** Secrets of the desk itself. Never in the event store and not in its backup. */
export interface Keys {
  /** A secret of 32 random bytes made at the first call and the same ever after, for keyed digests of texts. */
  digestKey(): Promise<Uint8Array>
}
