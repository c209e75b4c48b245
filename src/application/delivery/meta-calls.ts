import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ChannelId } from '../../domain/ids.ts'
import type { ChannelLookup } from '../commands/channel-lookup.ts'
import { Lru } from '../lru.ts'
import type { Messenger, OutgoingMessage, Sender, SendFailure, SendOptions, SendResult } from '../ports/messenger.ts'
import { problemOf } from '../problem.ts'
import { type AuthorizationAfter, authorizationAfter, type Call } from './authorization-after.ts'
import { changeAuthorization, type Changing } from './channel-consequences.ts'

type Of = Pick<ChannelFacts, 'channelId' | 'organizationId'>
type Action<Name extends 'react' | 'signal'> = Parameters<Messenger[Name]>[1]

/** An answer that has been looked at: `tookChannel` if the authorization of the channel is another one because of it. */
export type Heard<Answer> = Answer & { readonly tookChannel?: true }

/** So many channels that one answer takes within {@link AT_ONCE} mean the app rather than each of them. */
const MANY = 3
const AT_ONCE = 3_600_000

/**
 * Every call to Meta that is made for a channel. Whatever was called, the answer is looked at here, so that a token that Meta
 * refuses leaves no channel `connected`.
 */
export class MetaCalls {
  readonly #messenger: Messenger
  readonly #context: Changing & { readonly lookup: ChannelLookup }
  /** The channels that were taken by one code, and when. */
  readonly #taken = new Lru<ReadonlyMap<ChannelId, number>>(100)

  constructor(messenger: Messenger, context: Changing & { readonly lookup: ChannelLookup }) {
    this.#messenger = messenger
    this.#context = context
  }

  cut(reply: Parameters<Messenger['cut']>[0]): ReturnType<Messenger['cut']> {
    return this.#messenger.cut(reply)
  }

  /** The account of a channel and its token; undefined while there is none. */
  async credentials(channelId: ChannelId): Promise<Sender | undefined> {
    const { lookup, store } = this.#context
    const state = await lookup.state(channelId)
    const token = await store.tokens.get(channelId)
    return token === undefined || state.status === 'none' || state.status === 'abandoned'
      ? undefined
      : { account: state.account, token }
  }

  /** @param tookBefore an answer to the same reply has taken the channel before: a second one is about the reply */
  send(
    of: Of,
    sender: Sender | undefined,
    message: OutgoingMessage,
    { tookBefore, ...options }: SendOptions & { readonly tookBefore: boolean },
  ): Promise<Heard<SendResult>> {
    return this.#heard(of, sender, 'send', tookBefore, (by) => this.#messenger.send(by, message, options))
  }

  react(of: Of, sender: Sender, action: Action<'react'>): Promise<Heard<Awaited<ReturnType<Messenger['react']>>>> {
    return this.#heard(of, sender, 'react', false, (by) => this.#messenger.react(by, action))
  }

  signal(of: Of, sender: Sender, action: Action<'signal'>): Promise<Heard<Awaited<ReturnType<Messenger['signal']>>>> {
    return this.#heard(of, sender, 'signal', false, (by) => this.#messenger.signal(by, action))
  }

  profile(
    of: Of,
    sender: Sender | undefined,
    customerId: string,
  ): Promise<Heard<Awaited<ReturnType<Messenger['profile']>>>> {
    return this.#heard(of, sender, 'profile', false, (by) => this.#messenger.profile(by, customerId))
  }

  history(
    of: Of,
    sender: Sender | undefined,
    customerId: string,
    options: { readonly since?: number } = {},
  ): Promise<Heard<Awaited<ReturnType<Messenger['history']>>>> {
    return this.#heard(of, sender, 'history', false, (by) => this.#messenger.history(by, customerId, options))
  }

  async #heard<Answer extends { readonly kind: string }>(
    of: Of,
    sender: Sender | undefined,
    call: Call,
    tookBefore: boolean,
    ask: (by: Sender) => Promise<Answer>,
  ): Promise<Heard<Answer> | (SendFailure & { readonly tookChannel?: true })> {
    const answer: Answer | SendFailure = sender === undefined ? NO_TOKEN : await ask(sender)
    const after = authorizationAfter(answer, { call, tookBefore })
    if (after === undefined || !(await this.#take(of, sender, after))) return answer
    return { ...answer, tookChannel: true }
  }

  /** Whether the channel is so now. What Meta answered is passed on, whatever the store says. */
  async #take(of: Of, sender: Sender | undefined, after: AuthorizationAfter): Promise<boolean> {
    const { log } = this.#context
    try {
      const taken = await changeAuthorization(this.#context, of, sender?.token, after)
      if (taken) this.#noticeApp(of.channelId, after)
      return taken
    } catch (error) {
      log.warn('the authorization of a channel could not be recorded; the next answer of Meta will tell again', {
        channelId: of.channelId,
        ...after,
        ...problemOf(error),
      })
      return false
    }
  }

  #noticeApp(channelId: ChannelId, { authorization, reason }: AuthorizationAfter): void {
    const now = this.#context.clock.now()
    const before = [...(this.#taken.get(reason) ?? [])].filter(([, at]) => now - at < AT_ONCE)
    const taken = new Map([...before, [channelId, now]])
    this.#taken.set(reason, taken)
    if (taken.size !== MANY || before.length >= MANY) return
    this.#context.log.error(
      "Meta refuses several channels with one answer: perhaps it restricted the app. See the alerts in Meta's App Dashboard; once they are solved, connect the channels again",
      { authorization, reason, channels: taken.size },
    )
  }
}

const NO_TOKEN: SendFailure = { kind: 'authorization-lost', code: 'no-token', about: 'token' }
