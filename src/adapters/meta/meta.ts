import type { Messenger } from '../../application/ports/messenger.ts'
import type { Platform } from '../../application/ports/platform.ts'
import { metaMessenger, type MetaMessengerOptions } from './messenger.ts'
import { metaPlatform, type MetaPlatformOptions } from './platform.ts'

export type MetaOptions = MetaPlatformOptions & MetaMessengerOptions

/** Everything that speaks with Meta: webhooks in, messages out. */
export interface Meta {
  readonly platform: Platform
  readonly messenger: Messenger
}

/** One Meta app. @throws InvalidMetaOption if an option is missing or malformed */
export const meta = (options: MetaOptions): Meta => ({
  platform: metaPlatform(options),
  messenger: metaMessenger(options),
})
