import type { Evidence, Finding } from '../evidence.ts'
import { NOBODY, type Stage } from '../stage.ts'

/**
 * received = recorded + duplicates + ignored + quarantined + unanswered, per account; and against the platform's own count:
 * what it saw answered 200 is settled here, and more is settled only as far as answers broke off or were refused.
 * When nobody dies and nothing breaks off, both counts are equal.
 */
export const checkBalance = async ({ stage, desk }: Evidence): Promise<Finding> => {
  const violations: string[] = []
  const sheet = await desk.operations.balance({ kind: 'system' })
  if (!sheet.balances) violations.push('the balance does not balance')
  const figures: Record<string, number> = {}
  for (const { accountId, username } of stage.accounts) {
    const counts = sheet.accounts[accountId]
    const { accepted, refused, unanswered } = stage.simulator.ledger.deliveredEvents({ accountId })
    const broken = brokenOff(stage, accountId)
    if (counts === undefined) {
      violations.push(`nothing is counted for ${username}`)
      continue
    }
    const { received, recorded, duplicates, ignored, quarantined } = counts
    const settled = recorded + duplicates + ignored + quarantined
    if (received !== settled + counts.unanswered) violations.push(`${username}: ${JSON.stringify(counts)}`)
    if (settled < accepted) violations.push(`${username}: ${settled} settled, ${accepted} answered 200`)
    if (settled > accepted + broken + refused)
      violations.push(
        `${username}: ${settled} settled, only ${accepted} answered 200 and ${broken + refused} broken off`,
      )
    if (quarantined > 0) violations.push(`${username}: ${quarantined} quarantined`)
    Object.assign(figures, {
      [`${username}: answered 200`]: accepted,
      [`${username}: settled`]: settled,
      [`${username}: duplicates`]: duplicates,
      [`${username}: broken off`]: broken,
      [`${username}: never reached a host`]: unanswered - broken,
      [`${username}: refused`]: refused,
      [`${username}: counted as unanswered`]: counts.unanswered,
    })
  }
  const strangers = Object.keys(sheet.accounts).filter(
    (id) => !stage.accounts.some(({ accountId }) => accountId === id),
  )
  if (strangers.length > 0) violations.push(`counted for accounts that are none: ${strangers.join()}`)
  return { name: 'balance', figures, violations }
}

/** Events of requests that a host may have read, and whose answer never came. Who was not connected to read nothing. */
const brokenOff = ({ simulator }: Stage, accountId: string): number =>
  simulator.ledger.attempts
    .filter(({ answer }) => answer.kind === 'no-answer' && !['ECONNREFUSED', NOBODY].includes(answer.reason))
    .reduce((sum, { accounts }) => sum + (accounts[accountId] ?? 0), 0)
