import { expect, describe, it } from 'vitest'
import { createSimulator, InvalidSimulatorOption } from '../../src/simulator/index.ts'
import { stage } from './harness.ts'

const good = { appSecret: 'secret', verifyToken: 'token' }
const OPTIONS =
  'seed, runtime, clock, appSecret, verifyToken, webhook, faults, delivery, limits, appId, instagramAppId, ' +
  'instagramAppSecret, apiVersion, mediaBase, opening, humanAgentRefusal, restore, storage'
const FAULTS = 'duplicate, reorder, echoFirst, loseAnswer, dropEcho, throttle, serverError'
const refusal = (act: () => unknown): unknown => {
  try {
    act()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof InvalidSimulatorOption)) throw error
    expect(error).toMatchObject({ name: 'InvalidSimulatorOption', message: `${error.option}: ${error.rule}` })
    return [error.option, error.rule]
  }
}
const made = (options: object): unknown => refusal(() => createSimulator({ ...good, ...options }))
type Case = readonly [given: object, refused: unknown]

/** An option, or members of one, with what each may be and may not be. */
const kind = (option: string, rule: string, right: readonly unknown[], wrong: readonly unknown[]): readonly Case[] => {
  const [outer = '', inner] = option.split('.')
  const of = (value: unknown): object => ({ [outer]: inner === undefined ? value : { [inner]: value } })
  return [
    ...[undefined, ...right].map((value): Case => [of(value), 'accepted']),
    ...wrong.map((value): Case => [of(value), [option, `must be ${rule}`]]),
  ]
}
const noText = ['', 7, null]
const noObject = [7, 'x', null]
const noNumber = ['1', -1, Number.NaN, null]

describe('An option of the simulator', () => {
  it.each<Case>([
    ...['instagramAppId', 'appId', 'instagramAppSecret', 'mediaBase'].flatMap((name) =>
      kind(name, 'text that is not empty', ['x'], noText),
    ),
    ...noText.flatMap((value): Case[] => [
      [{ appSecret: value }, ['appSecret', 'must be text that is not empty']],
      [{ verifyToken: value }, ['verifyToken', 'must be text that is not empty']],
    ]),
    [{ appSecret: undefined }, ['appSecret', 'is missing']],
    [{ verifyToken: undefined }, ['verifyToken', 'is missing']],
    ...kind('clock', 'an object with now', [{ now: () => 0 }], [...noObject, {}, { now: 7 }]),
    ...['runtime', 'restore', 'storage', 'faults', 'delivery', 'limits', 'opening'].flatMap((name) =>
      kind(name, 'an object', [], noObject),
    ),
    ...kind('seed', 'a whole number', [0, -1, 7], [1.5, '1', null, 2 ** 53]),
    ...kind('webhook', 'an address or a handler', ['http://a', () => {}], ['nowhere', 7, null]),
    ...kind(
      'apiVersion',
      'like v25.0',
      ['v1.0', 'v25.10'],
      ['25.0', 'v25', 'v25.0x', 'xv25.0', 'v25x0', 'v.0', 'v1.', 7],
    ),
    ...kind('humanAgentRefusal', '10 or 200', [10, 200], [100, '10', null]),
    ...FAULTS.split(', ').flatMap((name) =>
      kind(`faults.${name}`, 'a number from 0 to 1', [0, 0.5, 1], [...noNumber, 1.1]),
    ),
    ...['concurrency', 'timeoutMs', 'maxEvents', 'lingerMs', 'giveUpAfterMs', 'echoDelayMs'].flatMap((name) =>
      kind(`delivery.${name}`, 'a number of 0 or more', [0, 1.5, 7], noNumber),
    ),
    ...kind('delivery.retryMs', 'a list of numbers of 0 or more', [[], [0, 7]], [7, ['1'], [1, -1], {}]),
    ...['text', 'media', 'conversations'].flatMap((name) =>
      kind(`limits.${name}`, 'a number of 0 or more', [0, 7], noNumber),
    ),
    ...['storyMention', 'reaction'].flatMap((name) =>
      kind(`opening.${name}`, 'true or false', [true, false], ['true', 0, null]),
    ),
    [{ webhok: 'http://a' }, ['webhok', `is no option; there are ${OPTIONS}`]],
    [{ toString: 'x' }, ['toString', `is no option; there are ${OPTIONS}`]],
    [{ faults: { duplicates: 1 } }, ['faults.duplicates', `is no option; there are ${FAULTS}`]],
    [{ opening: { mention: true } }, ['opening.mention', 'is no option; there are storyMention, reaction']],
  ])('is checked: %j', (given, expected) => expect(made(given)).toEqual(expected))

  it.each([undefined, null, 7, 'secret'])('is none where there are none: %j', (options) => {
    expect(refusal(() => createSimulator(options as never))).toEqual(['options', 'must be an object'])
  })

  it('is checked as well when it is changed later, and a wrong one changes nothing', () => {
    const simulator = createSimulator(good)
    const changed = (settings: object) => refusal(() => simulator.setDelivery(settings))
    expect(changed({ concurrency: -1 })).toEqual(['delivery.concurrency', 'must be a number of 0 or more'])
    expect(changed({ retries: [1] })).toMatchObject(['delivery.retries', /* its rule */ expect.any(String)])
    simulator.faults.set({ throttle: 0.5 })
    expect(() => simulator.faults.set({ duplicates: 1, throttle: 1 } as never)).toThrow(
      new RangeError(`faults.duplicates: there are ${FAULTS}`),
    )
    for (const value of [-0.1, 1.1, Number.NaN])
      expect(() => simulator.faults.set({ duplicate: 0.2, throttle: value })).toThrow(
        new RangeError(`faults.throttle: ${value} is not in 0..1`),
      )
    expect(simulator.faults.current()).toMatchObject({ duplicate: 0, throttle: 0.5 })
    simulator.faults.clear()
    expect(new Set(Object.values(simulator.faults.current()))).toEqual(new Set([0]))
  })

  it('has its default where it is undefined', async () => {
    const nothing = <Name extends string>(...names: readonly Name[]) =>
      Object.fromEntries(names.map((name) => [name, undefined])) as Record<Name, never>
    await using set = await stage({
      delivery: nothing('concurrency', 'retryMs', 'timeoutMs', 'maxEvents', 'echoDelayMs'),
      faults: nothing('duplicate', 'throttle', 'serverError'),
      limits: nothing('text', 'conversations'),
      opening: nothing('storyMention'),
    })
    set.meta.setDelivery(nothing('concurrency', 'retryMs'))
    set.meta.faults.set(nothing('duplicate'))
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({})
    expect(await maria.mentions().delivered).toEqual({ outcome: 'delivered' })
    expect(maria.window()).toBe('standard')
    const read = () => set.call(`/me/conversations?platform=instagram`, { token: account.token })
    expect([(await read()).status, (await read()).status, (await read()).status]).toEqual([200, 200, 400])
  })
})
