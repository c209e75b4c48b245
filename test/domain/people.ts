import type { Actor } from '../../src/domain/actor.ts'

/** 2024-05-01T12:00:00Z */
export const NOON = 1_714_564_800_000

export const ORGANIZATION = 'acme'
export const system: Actor = { kind: 'system' }
export const administrator: Actor = { kind: 'administrator', id: 'ada', organizationId: ORGANIZATION }
export const stranger: Actor = { kind: 'administrator', id: 'sam', organizationId: 'other' }
export const agent: Actor = { kind: 'agent', id: 'bob', organizationId: ORGANIZATION }
export const automation: Actor = { kind: 'automation', id: 'bot', organizationId: ORGANIZATION }
export const byAda = { kind: 'administrator', id: 'ada' } as const
export const bySystem = { kind: 'system' } as const

export const CHANNEL = '0190a1b2-0000-7000-8000-000000000001'
export const OTHER_CHANNEL = '0190a1b2-0000-7000-8000-000000000002'
export const ACCOUNT = '17841400000000001'
