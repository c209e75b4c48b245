/** Secrets of the desk itself. Never in the event store and not in its backup. */
export interface Keys {
  /** A secret of 32 random bytes made at the first call and the same ever after, for keyed digests of texts. */
  digestKey(): Promise<Uint8Array>
  /** The same secret if it was made or adopted before; makes none. */
  findDigestKey(): Promise<Uint8Array | undefined>
  /**
   * Makes the digest key of another engine the one of this engine, if this one has none yet.
   * Answers whether it is this engine's now: false means that it has another one, which stays.
   */
  adoptDigestKey(key: Uint8Array): Promise<boolean>
}
