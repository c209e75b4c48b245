import { describe, expect, it } from 'vitest'

import { InvalidMetaOption, meta, metaMessenger, metaPlatform } from '../../../src/adapters/meta/index.ts'

// An option that is wrong is named with its rule before anything is sent or received.

const good = { appSecrets: ['secret'], verifyToken: 'token' }
const refusal = (make: () => unknown): unknown => {
  try {
    make()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof InvalidMetaOption)) throw error
    expect(error.message).toBe(`${error.option}: ${error.rule}`)
    expect(error.name).toBe('InvalidMetaOption')
    return [error.option, error.rule]
  }
}
const NO_ADDRESS = 'must be an http or https address without query'
const NO_TEXT = 'must be a text that is not empty'
const NAMES = 'appSecrets, verifyToken, appId, version, hosts, timeoutMs, maxWaitMs, share, fetch, runtime'

describe('An option', () => {
  it.each<[object, unknown]>([
    [{ appSecrets: undefined }, ['appSecrets', 'is missing']],
    [{ appSecrets: 'secret' }, ['appSecrets', 'must be a list of secrets']],
    [{ appSecrets: [] }, ['appSecrets', 'must hold at least one secret']],
    [{ appSecrets: ['secret', ''] }, ['appSecrets.1', NO_TEXT]],
    [{ appSecrets: [5] }, ['appSecrets.0', NO_TEXT]],
    [{ verifyToken: undefined }, ['verifyToken', 'is missing']],
    [{ verifyToken: '' }, ['verifyToken', NO_TEXT]],
    [{ verifyToken: null }, ['verifyToken', NO_TEXT]],
    [{ version: 25 }, ['version', 'must look like v25.0']],
    ...['25.0', 'v25', 'v25.0/x', 'v25.00', 'v1234.0', ' v25.0', 'v.0', 'v25x0'].map((version): [object, unknown] => [
      { version },
      ['version', 'must look like v25.0'],
    ]),
    [{ version: 'v1.0' }, 'accepted'],
    [{ version: 'v999.9' }, 'accepted'],
    [{ hosts: 'https://a' }, ['hosts', 'must be an object']],
    [{ hosts: null }, ['hosts', 'must be an object']],
    ...[
      5,
      '',
      'graph.facebook.com',
      'ftp://a',
      'https://',
      'https://a?b',
      'https://a#b',
      'https://a b',
      'https://[',
      'xhttps://a',
    ].flatMap((address): [object, unknown][] => [
      [{ hosts: { facebook: address } }, ['hosts.facebook', NO_ADDRESS]],
      [{ hosts: { instagram: address } }, ['hosts.instagram', NO_ADDRESS]],
    ]),
    [{ hosts: {} }, 'accepted'],
    [{ hosts: { facebook: 'http://127.0.0.1:1/x//', instagram: undefined } }, 'accepted'],
    ...['timeoutMs', 'maxWaitMs'].flatMap((name): [object, unknown][] => [
      [{ [name]: '1' }, [name, 'must be milliseconds']],
      [{ [name]: Number.NaN }, [name, 'must be milliseconds']],
      [{ [name]: Number.POSITIVE_INFINITY }, [name, 'must be milliseconds']],
      [{ [name]: -1 }, [name, 'must be 0 or more']],
      [{ [name]: 2 ** 31 }, [name, 'must be at most 2147483647']],
      [{ [name]: 1 }, 'accepted'],
    ]),
    [{ timeoutMs: 0 }, ['timeoutMs', 'must be 1 or more']],
    [{ maxWaitMs: 0 }, 'accepted'],
    [{ fetch: 'https://a' }, ['fetch', 'must be a function']],
    [{ runtime: {} }, ['runtime', 'must be an object with monotonic, schedule']],
    [{ appId: 1 }, ['appId', NO_TEXT]],
    [{ share: '1' }, ['share', 'must be a number']],
    [{ share: 0 }, ['share', 'must be above 0']],
    [{ share: 1.01 }, ['share', 'must be at most 1']],
    [{ share: 1 }, 'accepted'],
    [{ share: 0.01 }, 'accepted'],
    [{ appId: '1', fetch, runtime: undefined }, 'accepted'],
    [{ verifytoken: 'x' }, ['verifytoken', 'is no option: it must be a known name; did you mean verifyToken?']],
    [{ colour: 'x' }, ['colour', `is no option: it must be one of ${NAMES}`]],
    [{ hosts: { page: 'https://a' } }, ['hosts.page', 'is no option: it must be one of facebook, instagram']],
    [
      { hosts: { instragram: 'x' } },
      ['hosts.instragram', 'is no option: it must be a known name; did you mean instagram?'],
    ],
  ])('is checked: %j', (options, expected) => {
    const given = { ...good, ...options }
    expect(refusal(() => meta(given as never))).toEqual(expected)
    const [option] = Object.keys(options)
    const isOfPlatform = ['appSecrets', 'verifyToken', 'appId'].includes(option ?? '')
    const isUnknown = Array.isArray(expected) && String(expected[1]).startsWith('is no option')
    expect(refusal(() => metaPlatform(given as never))).toEqual(isOfPlatform || isUnknown ? expected : 'accepted')
    expect(refusal(() => metaMessenger(given as never))).toEqual(isOfPlatform ? 'accepted' : expected)
  })

  it.each([
    [undefined, 'is missing'],
    [null, 'must be an object'],
    [5, 'must be an object'],
    ['secret', 'must be an object'],
  ])('is none where there are none: %j', (options, rule) => {
    expect(refusal(() => meta(options as never))).toEqual(['options', rule])
    expect(refusal(() => metaPlatform(options as never))).toEqual(['options', rule])
    // Every option of the messenger has a default.
    expect(refusal(() => metaMessenger(options as never))).toEqual(
      options === undefined ? 'accepted' : ['options', rule],
    )
  })
})

describe('Meta', () => {
  it('is the webhooks and the calls of one app', async () => {
    const called: unknown[] = []
    const answering: typeof fetch = async (input) => {
      called.push(input)
      return Response.json({ message_id: 'mid' })
    }
    const { platform, messenger } = meta({ ...good, fetch: answering })
    const asked = new URL('https://a/?hub.mode=subscribe&hub.verify_token=token&hub.challenge=7')
    expect(platform.handshake(asked)).toBe('7')
    const message = { customerId: '1', text: 'hi', tag: 'none' } as const
    for (const flavour of ['instagram-login', 'facebook-login'] as const) {
      const account = { accountId: '2', flavour }
      expect(await messenger.send({ account, token: 't' }, message)).toEqual({ kind: 'sent', mid: 'mid' })
    }
    expect(called).toEqual([
      'https://graph.instagram.com/v25.0/2/messages',
      'https://graph.facebook.com/v25.0/me/messages?access_token=t',
    ])
  })
})
