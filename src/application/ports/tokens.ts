import type { IdPage } from './ids.ts'

/** Access tokens by channel. In no event, in no log. */
export interface Tokens {
  get(channelId: string): Promise<string | undefined>
  put(channelId: string, token: string): Promise<void>
  remove(channelId: string): Promise<void>
  /** A page of the channels that have a token. */
  ids(page?: IdPage): Promise<readonly string[]>
}
