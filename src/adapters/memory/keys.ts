import type { Keys } from '../../application/ports/keys.ts'
import type { Runtime } from '../../application/ports/runtime.ts'
import { isSameSecret } from '../same-secret.ts'
import type { OpenGate } from './open-gate.ts'

const DIGEST_KEY_BYTES = 32

export const memoryKeys = ({ assertOpen }: OpenGate, runtime: Runtime): Keys => {
  let digestKey: Uint8Array | undefined
  return {
    digestKey: async () => {
      assertOpen()
      digestKey ??= runtime.randomBytes(DIGEST_KEY_BYTES)
      return new Uint8Array(digestKey)
    },
    findDigestKey: async () => {
      assertOpen()
      return digestKey && new Uint8Array(digestKey)
    },
    adoptDigestKey: async (key) => {
      assertOpen()
      digestKey ??= new Uint8Array(key)
      return isSameSecret(digestKey, key)
    },
  }
}
