import type { Platform } from '../../application/ports/platform.ts'
import { checkPlatformOptions } from './options.ts'
import { readHandshake } from './webhook/handshake.ts'
import { readMessageAgain } from './webhook/message.ts'
import { parseWebhook } from './webhook/parse.ts'
import { isWrittenAgain } from './webhook/written-again.ts'
import { messagesIn, without } from './webhook/mentioned.ts'
import { isSignature, signedWith } from './webhook/signature.ts'

export interface MetaPlatformOptions {
  /** The id of the Meta app. Not needed to receive. */
  readonly appId?: string
  /** Secrets that may have signed: the app's, the Instagram app's, and an old one while it is being replaced. */
  readonly appSecrets: readonly string[]
  /** The text typed into Meta's dashboard beside the callback URL. */
  readonly verifyToken: string
}

/**
 * Meta's webhooks, as the `Platform` port: handshake, signature, reading.
 *
 * @throws InvalidMetaOption if an option is missing or malformed; names the option, never its value
 */
export const metaPlatform = (options: MetaPlatformOptions): Platform => {
  const { appSecrets, verifyToken } = checkPlatformOptions(options)
  const verify = signedWith(appSecrets)
  return {
    handshake: (url) => readHandshake(url, verifyToken),
    isSignature,
    verify,
    isWrittenAgain: isWrittenAgain(verify),
    parse: parseWebhook,
    messagesIn,
    without,
    readAgain: readMessageAgain,
  }
}
