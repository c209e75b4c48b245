import { describe, expect, it } from 'vitest'
import { isRefusal, type Store } from 'madoguchi'
import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { administrator, afterwards, aki, engines, openChannel, system } from '../desk.ts'

// Ids of hosts come out of addresses and forms: whatever they are, a call answers, or refuses with a code.

const STRANGE = ['i'.repeat(8_000), '💥'.repeat(3_000), '\ud800', 'a\u0000b', '', ' ', '..', '__proto__']
/** Calls that take an id by itself. */
const BY_ID: ReadonlySet<string> = new Set(['operations.inspect', 'operations.rerun'])
/** Calls without an id, or that watch. */
const LEFT_OUT: ReadonlySet<string> = new Set(['inbox.search', 'inbox.watch', 'conversations.watch', 'channels.watch'])
const GROUPS = ['organizations', 'channels', 'conversations', 'inbox', 'tickets', 'worklists', 'operations'] as const

const stores: Readonly<Record<string, () => Store | Promise<Store>>> = {
  ...engines,
  postgres: () => {
    const place = `strange_ids_${process.pid}`
    afterwards(() => discardPlace(place))
    return openPlace(place)
  },
}

describe.each(Object.keys(stores))('on %s', (engine) => {
  it('every call answers or refuses, whatever id it is given', { timeout: 120_000 }, async () => {
    const { desk, channelId } = await openChannel({ store: await stores[engine]!() })
    const bare: string[] = []
    let calls = 0
    for (const group of GROUPS) {
      const face = desk[group] as unknown as Record<string, (...words: unknown[]) => unknown>
      for (const name of Object.keys(face)) {
        const call = `${group}.${name}`
        if (LEFT_OUT.has(call)) continue
        for (const id of engine === 'postgres' ? ['i'.repeat(8_000), 'a\u0000\ud800b'] : STRANGE) {
          const ids = {
            organizationId: id,
            channelId: id,
            conversationId: id,
            ticketId: id,
            messageId: id,
            replyId: id,
          }
          const others = { agentId: id, to: id, from: id, customerId: id, noteId: id, key: id, departmentId: id }
          const content = { agents: [id], departments: [id], text: 'Hello', name: 'Acme', upTo: 0, cursor: id }
          const account = { accountId: id, flavour: 'instagram-login', username: id, pageId: id, appScopedId: id }
          const asked = { ...ids, ...others, ...content, account, token: 'token' }
          for (const of of BY_ID.has(call) ? [id] : [asked, { ...asked, organizationId: 'acme', channelId }]) {
            for (const actor of [
              aki,
              administrator,
              system,
              { ...aki, id },
              { ...administrator, organizationId: id },
            ]) {
              calls++
              try {
                await face[name]!(actor, of)
              } catch (error) {
                const isTyped = isRefusal(error) || (error as Error).name === 'NotInQuarantine'
                if (!isTyped) bare.push(`${call}: ${String(error)}`.slice(0, 200))
              }
            }
          }
        }
      }
    }
    expect([...new Set(bare)]).toEqual([])
    expect(calls).toBeGreaterThan(200)
  })
})
