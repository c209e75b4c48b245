import { describe, expect, it } from 'vitest'

import type { ParsedEvent } from '../../../src/application/ports/platform.ts'
import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import { bytes, fixture, sample, sampleFiles } from './samples.ts'

/** How one delivered event of a sample body ends in the product. `duplicate` is decided behind the parser. */
interface Outcome {
  readonly account: string
  readonly ends: 'recorded' | 'duplicate' | 'ignored' | 'quarantined'
  readonly reason?: string
  readonly as?: string
  readonly kind?: string
  readonly attachments?: readonly string[]
  readonly by?: string
  readonly standby?: true
}
const outcomes = fixture<Readonly<Record<string, readonly Outcome[]>>>('webhook-outcomes.json')
const platform = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })

const isWebhook = (file: string): boolean => {
  const body = sample(file)
  const [first] = Array.isArray(body) ? (body as readonly unknown[]) : [body]
  return typeof first === 'object' && first !== null && 'object' in first && 'entry' in first
}

const seen = (event: ParsedEvent): Omit<Outcome, 'ends'> & { readonly ends: string } => {
  if (event.outcome !== 'read') return { account: event.accountId, ends: event.outcome, reason: event.reason }
  const { incoming } = event
  const content = 'content' in incoming ? incoming.content : undefined
  const attachments = content?.attachments.map(({ kind }) => kind) ?? []
  return {
    account: event.accountId,
    ends: 'read',
    as: incoming.kind,
    ...('standby' in incoming && incoming.standby && { standby: true as const }),
    ...('by' in incoming && { by: incoming.by }),
    ...(content && { kind: content.kind }),
    ...(attachments.length > 0 && { attachments }),
  }
}
const expected = (outcome: Outcome) => ({
  ...outcome,
  ends: outcome.ends === 'recorded' || outcome.ends === 'duplicate' ? 'read' : outcome.ends,
})

describe('Every webhook body of the samples', () => {
  it('has its outcomes written down, and no other file has', () => {
    expect(Object.keys(outcomes).toSorted()).toEqual(sampleFiles().filter(isWebhook).toSorted())
  })

  it.each(Object.keys(outcomes))('%s ends as written down', (file) => {
    expect(platform.parse(bytes(sample(file))).map(seen)).toEqual(outcomes[file]?.map(expected))
  })

  it.each(Object.keys(outcomes))('%s gives each event an envelope of its own that reads the same', (file) => {
    const kept = platform.parse(bytes(sample(file))).filter((event) => event.outcome !== 'ignored')
    expect(kept.map((event) => platform.parse(bytes(event.raw())).map(facts))).toEqual(
      kept.map((event) => [facts(event)]),
    )
  })
})

const facts = (event: ParsedEvent): object => ({ ...event, raw: undefined })
