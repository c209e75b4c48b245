import { expect, it } from 'vitest'
import { createSimulator } from '../../src/simulator/index.ts'

const right = { appSecret: 'secret', verifyToken: 'token' }

it.each([
  ['nothing', undefined, 'options', 'must be an object'],
  ['no secret', { verifyToken: 'token' }, 'appSecret', 'is missing'],
  ['an empty token', { ...right, verifyToken: '' }, 'verifyToken', 'must be text that is not empty'],
  ['a misspelt name', { ...right, webhok: 'http://a' }, 'webhok', /^is no option; there are .*webhook/],
  ['a misspelt fault', { ...right, faults: { duplicates: 1 } }, 'faults.duplicates', /duplicate/],
  ['a chance above 1', { ...right, faults: { duplicate: 2 } }, 'faults.duplicate', 'must be a number from 0 to 1'],
  ['-1 at a time', { ...right, delivery: { concurrency: -1 } }, 'delivery.concurrency', /0 or more/],
  ['no address', { ...right, webhook: 'nowhere' }, 'webhook', /address/],
])('a simulator with %s is refused by name', (_, options, option, rule) => {
  expect(() => createSimulator(options as never)).toThrow(
    expect.objectContaining({
      name: 'InvalidSimulatorOption',
      option,
      rule: typeof rule === 'string' ? rule : expect.stringMatching(rule),
    }),
  )
})
