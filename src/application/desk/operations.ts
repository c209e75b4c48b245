import { type Actor, actorRef } from '../../domain/actor.ts'
import type { IntakeCounts } from '../../domain/intake/events.ts'
import type { ChannelId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { requireAdministrator } from '../../domain/require-administrator.ts'
import type { QuarantineDocument } from '../../projections/index.ts'
import type { ItemOutcome } from '../intake/outcome.ts'
import type { Reruns } from '../intake/rerun.ts'
import type { Position } from '../ports/event-store.ts'
import { StoreClosed } from '../ports/store-errors.ts'
import type { ViewProgress } from '../views/standing.ts'
import type { DeskContext } from './context.ts'
import type { MessagesReadAgain, ReadAgain } from '../messages-read-again.ts'
import { listPage, type Page, pageOf, type PageRequest, pageSize } from './page.ts'

/** The balance of intake, over all accounts and of each. */
export interface BalanceSheet {
  readonly total: IntakeCounts
  /** By webhook account id; `''` stands for bodies that name none. */
  readonly accounts: Readonly<Record<string, IntakeCounts>>
  /** Ignored events by reason. */
  readonly ignored: Readonly<Record<string, number>>
  /** Whether received = recorded + duplicates + ignored + quarantined + unanswered, for every account. */
  readonly balances: boolean
}

/** The part of the work of a desk's processes that this one does at the moment: 0 to 1 of each kind. */
export interface ProcessShare {
  readonly deadlines: number
  readonly delivery: number
}

/**
 * The operator's side: one desk over all organizations, so only the host itself (`{ kind: 'system' }`) may ask, but for `readAgain`.
 * @throws Refusal `not-administrator` for everybody else
 */
export class Operations {
  readonly #context: DeskContext
  readonly #reruns: Reruns
  readonly #messages: MessagesReadAgain

  constructor(context: DeskContext, reruns: Reruns, messages: MessagesReadAgain) {
    this.#context = context
    this.#reruns = reruns
    this.#messages = messages
  }

  /** What was delivered and what became of it: every delivered event is counted as exactly one outcome. */
  async balance(actor: Actor): Promise<BalanceSheet> {
    requireSystem(actor)
    const byAccount = new Map<string, IntakeCounts>()
    const ignored: Record<string, number> = {}
    for (let after: string | undefined; ;) {
      const hits = await this.#context.read.intakeBalance.query({
        index: 'account',
        prefix: [],
        limit: 1_000,
        ...(after === undefined ? {} : { after }),
      })
      for (const { document } of hits) {
        if (document.accountId === null) Object.assign(ignored, document.ignored)
        else byAccount.set(document.accountId, document.counts)
      }
      after = hits.at(-1)?.cursor
      if (hits.length < 1_000) break
    }
    const accounts = Object.fromEntries(byAccount)
    const rows = [...byAccount.values()]
    return { total: rows.reduce(sum, NOTHING), accounts, ignored, balances: rows.every(balances) }
  }

  /** Quarantined events, newest first. */
  async quarantine(actor: Actor, page: PageRequest = {}): Promise<Page<QuarantineDocument>> {
    requireSystem(actor)
    const found = await listPage(
      this.#context.read.quarantine,
      { index: 'received', prefix: [], backwards: true },
      page,
    )
    const items = found.hits.map(({ document }) => document)
    return pageOf(items, found)
  }

  /** What came, as text; undefined if it is unknown or too old. This is content: show it to whoever may see it. */
  async inspect(actor: Actor, quarantineId: string): Promise<string | undefined> {
    requireSystem(actor)
    return this.#reruns.raw(quarantineId)
  }

  /** Reads a quarantined event again with what is known now. @throws NotInQuarantine */
  async rerun(
    actor: Actor,
    quarantineId: string,
  ): Promise<{ readonly outcome: ItemOutcome; readonly position?: Position }> {
    requireSystem(actor)
    return this.#reruns.run(quarantineId, actorRef(actor))
  }

  /**
   * Reads again what was kept of messages of unknown kinds, with what this version of the code understands: those of one channel, for
   * its administrators too, or of all. What can be read now is shown in its place; nothing else moves, and asking again changes nothing.
   * A page of messages, 1 to 200, at a time: go on with `cursor` while there is one. Deleted channels are left as they are.
   * @throws Refusal `not-administrator`, `invalid`, `channel-not-found`, `channel-deleted`
   */
  async readAgain(
    actor: Actor,
    { channelId, ...page }: PageRequest & { readonly channelId?: ChannelId } = {},
  ): Promise<ReadAgain> {
    if (channelId === undefined) requireSystem(actor)
    else await this.#requireChannel(actor, channelId)
    return this.#messages.run(actor, { ...page, limit: pageSize(page), ...(channelId !== undefined && { channelId }) })
  }

  async #requireChannel(actor: Actor, channelId: ChannelId): Promise<void> {
    const state = await this.#context.lookup.state(channelId)
    if (state.status === 'none' || state.status === 'abandoned') {
      // It looks like one of another organization.
      requireSystem(actor)
      refuse('channel-not-found', { channelId })
    } else {
      requireAdministrator(actor, state.organizationId)
      if (state.status === 'deleted') refuse('channel-deleted', { channelId })
    }
  }

  /** How far each view has come, also while it is built anew. */
  progress(actor: Actor): readonly ViewProgress[] {
    requireSystem(actor)
    this.#assertOpen()
    return this.#context.views.progress()
  }

  /** What this process does of the work that all processes on the store share; the others have the rest. */
  share(actor: Actor): ProcessShare {
    requireSystem(actor)
    this.#assertOpen()
    const { shares } = this.#context
    return { deadlines: shares.partOf('deadlines'), delivery: shares.partOf('delivery') }
  }

  /** For what answers without the store. */
  #assertOpen(): void {
    if (this.#context.views.ended.aborted) throw new StoreClosed()
  }
}

const requireSystem = (actor: Actor): void => {
  if (actor.kind !== 'system') refuse('not-administrator', { actor: actor.id })
}

const NOTHING: IntakeCounts = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }

const sum = (one: IntakeCounts, other: IntakeCounts): IntakeCounts => ({
  received: one.received + other.received,
  recorded: one.recorded + other.recorded,
  duplicates: one.duplicates + other.duplicates,
  ignored: one.ignored + other.ignored,
  quarantined: one.quarantined + other.quarantined,
  unanswered: one.unanswered + other.unanswered,
})

const balances = ({ received, recorded, duplicates, ignored, quarantined, unanswered }: IntakeCounts): boolean =>
  received === recorded + duplicates + ignored + quarantined + unanswered
