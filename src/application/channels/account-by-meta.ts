import type { AccountId } from '../../domain/ids.ts'
import type { Messenger, Sender } from '../ports/messenger.ts'
import type { Runtime } from '../ports/runtime.ts'
import { pause } from '../time.ts'

/** Milliseconds that making a channel waits for Meta. */
const ASK_WITHIN = 3_000

/** What Meta says of the account that somebody connects. */
export interface AccountByMeta {
  /** The token gives access to it. */
  readonly isShown: boolean
  /** Set if the account id given is the account's app-scoped id, or the id of its Page: the id that webhooks name. */
  readonly webhookAccountId?: AccountId
}

const UNKNOWN: AccountByMeta = { isShown: false }

/** Asks Meta for the account of a token. Never throws: where Meta does not answer in time, nothing is known. */
export const accountByMeta =
  (messenger: Pick<Messenger, 'showsAccount'>, runtime: Runtime) =>
  async (sender: Sender): Promise<AccountByMeta> => {
    const over = new AbortController()
    try {
      const answer = await Promise.race([messenger.showsAccount?.(sender), pause(runtime, ASK_WITHIN, over.signal)])
      if (answer?.kind !== 'another') return { isShown: answer?.kind === 'shown' }
      return answer.accountId === undefined ? UNKNOWN : { isShown: false, webhookAccountId: answer.accountId }
    } catch {
      return UNKNOWN
    } finally {
      over.abort()
    }
  }
