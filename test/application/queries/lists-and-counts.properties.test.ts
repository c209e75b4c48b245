import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Actor, InboxEntry, InboxView } from 'madoguchi'
import {
  administrator,
  aki,
  ben,
  body,
  caughtUp,
  deskClock,
  echoes,
  NOON,
  openDesk,
  post,
  says,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'
import { holds, tells } from '../../holds.ts'

// What lists show, what counts say and what a watcher was told are one thing, whatever has happened, deleted channels too.

const ACCOUNTS = ['17841499000000001', '17841499000000002'] as const
const CUSTOMERS = 3
const VIEWS: readonly InboxView[] = ['all', 'mine', 'unassigned', 'waiting', 'ended', 'blocked', 'deleted']

const place = { channel: fc.integer({ min: 0, max: 1 }), customer: fc.integer({ min: 0, max: CUSTOMERS - 1 }) }
const who = fc.constantFrom<Actor>(aki, ben)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('says' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('answers' as const), ...place }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('pickUp' as const, 'end' as const, 'reopen' as const, 'block' as const, 'unblock' as const),
      who,
      ...place,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), who, ...place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leaves' as const), channel: place.channel }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleted' as const), channel: place.channel }) },
)

const keyOf = ({ channelId, customerId }: InboxEntry): string => `${channelId} ${customerId}`
const sorted = (entries: readonly InboxEntry[]): readonly string[] => entries.map(keyOf).toSorted()

it('lists, counts and watchers agree, also on deleted channels, which are in one list of their own', async () => {
  let readSeen = 0
  await holds(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const clock = deskClock()
      const opened = await openDesk({ delivery: { enabled: false }, clock })
      const { desk } = opened
      await withOrganization(desk)
      const channels: string[] = []
      for (const account of ACCOUNTS) channels.push(await withChannel(desk, account))
      await caughtUp(opened)
      const told = new Map<string, Map<string, InboxEntry>>()
      const stop = new AbortController()
      for (const actor of [aki, ben])
        for (const view of VIEWS) {
          const shown = new Map<string, InboxEntry>()
          told.set(`${actor.kind === 'system' ? '' : actor.id} ${view}`, shown)
          const changes = desk.inbox.watch(actor, { view, signal: stop.signal })
          void (async () => {
            for await (const change of changes) {
              if (change.kind === 'changed') shown.set(change.entry.conversationId, change.entry)
              else shown.delete(change.conversationId)
            }
          })()
        }
      const idOf = new Map<string, string>()
      const learn = async (): Promise<void> => {
        await caughtUp(opened)
        for (const view of ['all', 'ended', 'blocked', 'deleted'] as const)
          for (const entry of (await desk.inbox.list(aki, { view, limit: 200 })).items)
            idOf.set(keyOf(entry), entry.conversationId)
      }
      for (const [n, one] of steps.entries()) {
        clock.advance(1_000)
        const at = NOON + n * 1_000
        const channelId = channels[one.channel] as string
        // Deleted channels, blocked customers and agents who left refuse most of it.
        const tried = async (command: () => Promise<unknown>): Promise<boolean> =>
          command().then(
            () => true,
            (error: unknown) => {
              if ((error as { code?: string }).code === undefined) throw error
              return false
            },
          )
        if (one.kind === 'leaves') await tried(() => desk.channels.remove(administrator, { channelId, agentId: 'ben' }))
        else if (one.kind === 'deleted') await tried(() => desk.channels.delete(administrator, { channelId }))
        else {
          const account = ACCOUNTS[one.channel] as string
          const customer = String(900 + one.customer)
          if (one.kind === 'says') await post(desk, body([says(`m${n}`, 'Hello', { account, customer, at })], account))
          else if (one.kind === 'answers')
            await post(desk, body([echoes(`e${n}`, 'Yes', { account, customer, at })], account))
          else {
            await learn()
            const conversationId = idOf.get(`${channelId} ${customer}`)
            if (conversationId === undefined) continue
            const of = { conversationId }
            if (one.kind === 'read') {
              const { status } = await desk.channels.get(administrator, { channelId })
              const done = await tried(() => desk.conversations.markRead(one.who, { ...of, upTo: 1_000 }))
              if (done && status === 'deleted') readSeen++
            } else await tried(() => desk.conversations[one.kind](one.who, of))
          }
        }
      }
      await learn()
      const status = new Map<string, string>()
      for (const channelId of channels)
        status.set(channelId, (await desk.channels.get(administrator, { channelId })).status)
      const lists = async (actor: Actor) =>
        Object.fromEntries(
          await Promise.all(
            VIEWS.map(async (view) => [view, (await desk.inbox.list(actor, { view, limit: 200 })).items] as const),
          ),
        ) as Record<InboxView, readonly InboxEntry[]>
      const [akis, bens] = [await lists(aki), await lists(ben)]
      // Aki is on both channels: each conversation is in exactly one of these lists.
      const everything = [...akis.all, ...akis.ended, ...akis.blocked, ...akis.deleted]
      expect(sorted(everything)).toEqual([...idOf.keys()].toSorted())
      tells(akis.deleted.length > 0)
      for (const [actor, shown] of [
        [aki, akis],
        [ben, bens],
      ] as const) {
        const id = actor.kind === 'system' ? '' : actor.id
        for (const view of VIEWS) {
          const isDeleted = view === 'deleted'
          for (const entry of shown[view]) {
            expect([entry.folder === 'deleted', status.get(entry.channelId) === 'deleted']).toEqual([
              isDeleted,
              isDeleted,
            ])
            expect(idOf.get(keyOf(entry))).toBe(entry.conversationId)
          }
        }
        const open = shown.all
        expect(sorted(shown.waiting)).toEqual(sorted(open.filter(({ waitingSince }) => waitingSince !== null)))
        expect(sorted(shown.unassigned)).toEqual(sorted(open.filter(({ assignee }) => assignee === null)))
        expect(sorted(shown.mine)).toEqual(sorted(open.filter(({ assignee }) => assignee === id)))
        expect(shown.deleted.every(({ waitingSince }) => waitingSince === null)).toBe(true)
        const counts = await desk.inbox.unread(actor)
        for (const [channelId, count] of Object.entries(counts.channels))
          expect(count).toBe(open.filter((entry) => entry.channelId === channelId && entry.unread > 0).length)
        expect(counts.total).toBe(open.filter(({ unread }) => unread > 0).length)
        for (const channelId of channels)
          if (status.get(channelId) === 'deleted') expect(Object.hasOwn(counts.channels, channelId)).toBe(false)
        // A watcher is told a moment later.
        for (const view of VIEWS)
          await until(async () => {
            const heard = [...(told.get(`${id} ${view}`)?.values() ?? [])]
            return JSON.stringify(sorted(heard)) === JSON.stringify(sorted(shown[view]))
          })
      }
      stop.abort()
      await desk.stop()
    }),
    {
      floor: 0.2,
      numRuns: 12,
      examples: [
        [
          [
            { kind: 'says', channel: 0, customer: 0 },
            { kind: 'says', channel: 1, customer: 0 },
            { kind: 'says', channel: 0, customer: 1 },
            { kind: 'end', who: aki, channel: 0, customer: 1 },
            { kind: 'deleted', channel: 0 },
            { kind: 'read', who: aki, channel: 0, customer: 0 },
          ],
        ],
      ],
    },
  )
  expect(readSeen).toBeGreaterThan(0)
})
