import { expect, it } from 'vitest'
import { projections } from '../../src/projections/index.ts'

it('the names of the views are those under which databases and hosts know them', () => {
  expect(projections.map(({ name }) => name).toSorted()).toEqual([
    'access',
    'anchors',
    'channels',
    'command-keys',
    'customers',
    'deadlines',
    'deliveries',
    'follow-ups',
    'inbox',
    'intake-balance',
    'message-index',
    'missed',
    'outbox',
    'pending-conversions',
    'quarantine',
    'tickets',
    'transcript',
    'unknown-messages',
  ])
})
