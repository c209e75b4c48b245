import type { JsonObject } from '../../../application/ports/json.ts'
import { readAccountNotice, readAppRoles, readPolicy } from './account-notice.ts'
import { emptyEdit, readEdit } from './edit.ts'
import { readMessage } from './message.ts'
import { readPostback } from './postback.ts'
import { readReaction, readSeen } from './reaction.ts'
import { asFlag, asObject } from './readers.ts'
import { readReferralEvent } from './referral-event.ts'
import { type Addressed, addressed, type Place } from './thread.ts'
import { readThreadControl } from './thread-control.ts'
import { ignored, quarantined, unreadable, type Verdict } from './verdict.ts'

type ThreadReader = (member: JsonObject, on: Addressed, event: JsonObject) => Verdict
type AnyReader = (member: JsonObject, place: Place, event: JsonObject) => Verdict

/** Reads a member of an event that stands in a thread: first whose it is, then what it says. */
const inThread =
  (reader: ThreadReader): AnyReader =>
  (member, place, event) => {
    const on = addressed(event, place)
    return 'outcome' in on ? on : reader(member, on, event)
  }

const readEditInThread = inThread(readEdit)

/** What an event can be about. An event carries exactly one of these. */
const members: ReadonlyMap<string, AnyReader> = new Map<string, AnyReader>([
  ['message', inThread(readMessage)],
  ['postback', inThread(readPostback)],
  ['message_edit', (member, place, event) => emptyEdit(member) ?? readEditInThread(member, place, event)],
  ['reaction', inThread(readReaction)],
  ['read', inThread(readSeen)],
  ['referral', inThread(readReferralEvent)],
  ['pass_thread_control', inThread(readThreadControl('passed'))],
  ['take_thread_control', inThread(readThreadControl('taken'))],
  ['request_thread_control', inThread(readThreadControl('requested'))],
  ['app_roles', readAccountNotice(readAppRoles)],
  ['policy_enforcement', readAccountNotice(readPolicy)],
  ['policy-enforcement', readAccountNotice(readPolicy)],
  ['optin', () => ignored('opt-in')],
])
const addressing: ReadonlySet<string> = new Set(['sender', 'recipient', 'timestamp', 'is_self'])

/**
 * One event of a thread or an account: finds its member and reads it. Members that nobody knows are passed over beside a
 * known one; alone they send the event to quarantine, where it waits for support.
 */
export const readEvent = (event: JsonObject, place: Place): Verdict => {
  let known: string | undefined
  let referral = false
  let unknown: string | undefined
  for (const name in event) {
    if (addressing.has(name) || event[name] === null) continue
    if (!members.has(name)) unknown ??= name
    else if (name === 'referral') referral = true
    else if (known === undefined) known = name
    // Meta sends exactly one; to take one of several would lose the others without a trace.
    else return unreadable(`several members: ${known}, ${name}`)
  }
  // Beside a message or a tap it says where that came from; beside anything else it is one of several.
  if (referral && known !== undefined && known !== 'message' && known !== 'postback') {
    return unreadable(`several members: ${known}, referral`)
  }
  const name = known ?? (referral ? 'referral' : undefined)
  const reader = name === undefined ? undefined : members.get(name)
  if (name === undefined || reader === undefined) {
    return unknown === undefined ? ignored('bare-event') : quarantined('unknown-member', unknown)
  }
  const member = asObject(event[name])
  if (member === undefined) return unreadable(`${name} is no object`)
  if (asFlag(event['is_self'], 'is_self') || asFlag(member['is_self'], `${name}.is_self`)) return ignored('self')
  return reader(member, place, event)
}
