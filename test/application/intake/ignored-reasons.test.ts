import { expect, it } from 'vitest'
import type { IgnoredBecause } from '../../../src/application/intake/outcome.ts'
import {
  body,
  caughtUp,
  edits,
  NOON,
  openDesk,
  post,
  says,
  system,
  unsends,
  withChannel,
  withOrganization,
  ACCOUNT,
} from '../desk.ts'

/** Every reason for which an event may be ignored: the compiler refuses one more, and one less. */
const REASONS: Readonly<Record<IgnoredBecause, true>> = {
  'other-object': true,
  'empty-entry': true,
  'bare-event': true,
  'dashboard-test': true,
  self: true,
  comment: true,
  mention: true,
  insights: true,
  'opt-in': true,
  'edit-zero': true,
  'edit-without-text': true,
  superseded: true,
  'already-unsent': true,
}

it('what is said of a message that was taken back, or is older than what is known, is ignored by that name', async () => {
  const each = await openDesk()
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  const events = [
    says('m1', 'One'),
    edits('m1', 'Two', 2),
    edits('m1', 'Old', 1),
    unsends('m1'),
    edits('m1', 'Late', 3),
  ]
  expect(await post(each.desk, body(events.map((event, n) => ({ ...event, timestamp: NOON + n }))))).toBe(200)
  await caughtUp(each)
  const { total, ignored } = await each.desk.operations.balance(system)
  expect(total).toMatchObject({ received: 5, recorded: 3, ignored: 2 })
  expect(ignored).toEqual({ superseded: 1, 'already-unsent': 1 })
  for (const reason of Object.keys(ignored)) expect(Object.keys(REASONS)).toContain(reason)
})
