import type { Runtime } from '../../application/ports/runtime.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import type { Messenger } from '../../application/ports/messenger.ts'
import { checkMessengerOptions } from './options.ts'
import { showsAccount } from './send/account.ts'
import { cutReply } from './send/cut.ts'
import { gate } from './send/gate.ts'
import { graph } from './send/graph.ts'
import { history } from './send/history.ts'
import { profile } from './send/profile.ts'
import { send } from './send/send.ts'
import { react, signal } from './send/sender-actions.ts'

export interface MetaMessengerOptions {
  /** Graph API version of every call. Default `v25.0`. */
  readonly version?: string
  /** Base addresses, for example of the simulator. Default: Meta's. */
  readonly hosts?: { readonly facebook?: string; readonly instagram?: string }
  readonly fetch?: typeof globalThis.fetch
  /** Time and timers; default the machine's. */
  readonly runtime?: Runtime
  /** How long one call may take before its outcome counts as unknown. Default 20,000. */
  readonly timeoutMs?: number
  /** How long a call may wait for its turn within Meta's rates before it is `throttled`; not what only goes on. Default 5,000. */
  readonly maxWaitMs?: number
  /**
   * The part of Meta's rates that this desk may use, above 0 and at most 1; its processes share it out by themselves.
   * Default 1: no other app calls Meta for these accounts.
   */
  readonly share?: number
}

/**
 * Meta's Send API in both flavours, as the `Messenger` port. No call throws; results hold codes and ids, never texts of
 * Meta's, tokens or addresses.
 *
 * @throws InvalidMetaOption if an option is malformed
 */
export const metaMessenger = (options: MetaMessengerOptions = {}): Messenger => {
  const { version, hosts, timeoutMs, maxWaitMs, share } = checkMessengerOptions(options)
  // Looked up at each call, so that a host may replace the global one later.
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const { runtime = systemRuntime } = options
  const rates = gate({ share, maxWaitMs, runtime })
  const call = graph({ version, hosts, fetch, timeoutMs, runtime, gate: rates })
  return {
    use: rates.use,
    cut: cutReply,
    send: send(call),
    react: react(call),
    signal: signal(call),
    showsAccount: showsAccount(call),
    profile: profile(call),
    history: history(call),
  }
}
