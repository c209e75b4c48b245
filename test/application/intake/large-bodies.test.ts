import { expect, it } from 'vitest'
import { faultyStore } from 'madoguchi/testing'
import { memory } from 'madoguchi/memory'
import { ACCOUNT, body, caughtUp, openDesk, post, says, system, withChannel, withOrganization } from '../desk.ts'

it('a message that comes alone does not wait for a large body that came before it', async () => {
  const store = faultyStore(memory())
  const each = await openDesk({ store })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  store.onWrite((write) => (write.kind === 'append' ? { kind: 'wait', milliseconds: 20 } : undefined))
  const many = Array.from({ length: 320 }, (_, n) => says(`m${n}`, 'One of many', { customer: `9000000001${n}` }))
  const answered: string[] = []
  const note = (what: string) => (status: number) => {
    expect(status).toBe(200)
    answered.push(what)
  }
  await Promise.all([
    post(each.desk, body(many)).then(note('many')),
    post(each.desk, body([says('alone', 'One alone')])).then(note('alone')),
  ])
  expect(answered).toEqual(['alone', 'many'])
  store.heal()
  await caughtUp(each)
  expect((await each.desk.operations.balance(system)).accounts[ACCOUNT]).toMatchObject({ received: 321, recorded: 321 })
})
