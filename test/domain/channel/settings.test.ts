import { describe, expect, it } from 'vitest'
import { DEFAULT_CONVERSION, type ChannelSettings } from '../../../src/domain/channel/index.ts'
import { change, changed, create, created, deleted, disabled, given, settings } from './history.ts'

const conversion = (changes: object): Partial<ChannelSettings> => ({
  conversion: { ...DEFAULT_CONVERSION, ...changes },
})
const icon = { blobId: 'blob-1', fileName: 'a.png', mediaType: 'image/png', size: 8 } as const

describe('changing settings', () => {
  it('changes any of them at any time, also on a disabled channel', () => {
    given(created)
      .when(change({ name: 'Care', departmentId: 'care', assigneeOnly: true }))
      .yields(changed({ name: 'Care', departmentId: 'care', assigneeOnly: true }))
    given(created, disabled).when(change({ icon })).yields(changed({ icon }))
    given(created, changed({ icon }))
      .when(change({ icon: null }))
      .yields(changed({ icon: null }))
  })

  it('puts only what really changes into the event', () => {
    given(created)
      .when(change({ ...settings, receiveAudioVideo: true }))
      .yields(changed({ receiveAudioVideo: true }))
    given(created, changed({ icon }))
      .when(change({ icon: { ...icon, blobId: 'blob-2' }, name: 'Shop' }))
      .yields(changed({ icon: { ...icon, blobId: 'blob-2' } }))
  })

  it('is nothing to do when nothing changes, in whatever order it is written', () => {
    given(created).when(change({})).yieldsNothing()
    given(created).when(change(settings)).yieldsNothing()
    given(created)
      .when(change({ name: '  Shop ' }))
      .yieldsNothing()
    given(created, changed({ icon }))
      .when(change({ icon: { size: 8, mediaType: 'image/png', fileName: 'a.png', blobId: 'blob-1' } }))
      .yieldsNothing()
    given(created)
      .when(change({ name: undefined as never }))
      .yieldsNothing()
  })

  it('never changes the account, nor anything that is no setting', () => {
    given(created)
      .when(change({ account: { accountId: '1' } } as never))
      .refuses('invalid')
    given(created)
      .when(change({ constructor: 1 } as never))
      .refuses('invalid')
  })

  it('is refused on a deleted channel', () =>
    given(created, deleted)
      .when(change({ name: 'Care' }))
      .refuses('channel-deleted'))
})

describe('the name of a channel', () => {
  it('has 1 to 100 code points, without the white space around it', () => {
    given(created)
      .when(change({ name: '😀'.repeat(100) }))
      .yields(changed({ name: '😀'.repeat(100) }))
    given(created)
      .when(change({ name: ` ${'n'.repeat(100)} ` }))
      .yields(changed({ name: 'n'.repeat(100) }))
    given(created)
      .when(change({ name: '😀'.repeat(101) }))
      .refuses('too-long', {
        field: 'name',
        limit: 100,
        actual: 101,
        unit: 'code points',
      })
    given(created)
      .when(change({ name: '' }))
      .refuses('empty', { field: 'name' })
    given(created)
      .when(change({ name: ' \u3000' }))
      .refuses('empty', { field: 'name' })
  })

  it('has no half of a surrogate pair, no NUL and no line break', () => {
    given(created)
      .when(change({ name: 'a\udc00' }))
      .refuses('lone-surrogate', { field: 'name', index: 1 })
    given(created)
      .when(change({ name: 'a\0b' }))
      .refuses('invalid')
    given(created)
      .when(change({ name: 'a\nb' }))
      .refuses('invalid')
  })

  it('follows the same rules at creation', () => {
    given()
      .when(create({ settings: { ...settings, name: '' } }))
      .refuses('empty')
    given()
      .when(create({ settings: { ...settings, name: 'n'.repeat(101) } }))
      .refuses('too-long')
  })
})

describe('the icon of a channel', () => {
  it('is refused with a false extension or one byte too large', () => {
    given(created)
      .when(change({ icon: { ...icon, fileName: 'a.jpg' } }))
      .refuses('icon-type')
    given(created)
      .when(change({ icon: { ...icon, size: 1_048_577 } }))
      .refuses('too-long')
    given(created)
      .when(change({ icon: { ...icon, size: 1_048_576 } }))
      .yields(changed({ icon: { ...icon, size: 1_048_576 } }))
  })
})

describe('the conversion delay', () => {
  it.each([1, 1_440, 'never'] as const)('may be %s', (delay) =>
    given(created)
      .when(change(conversion({ delay })))
      .yields(changed(conversion({ delay }))),
  )

  it.each([0, 1_441, 1.5, -1, Number.NaN, '60', null])('is refused as %s, naming the bounds', (delay) =>
    given(created)
      .when(change(conversion({ delay })))
      .refuses('invalid', {
        field: 'conversion.delay',
        expected: 'whole minutes from 1 to 1440, or never',
        given: String(delay),
      }),
  )

  it('is 60 minutes by default', () => expect(DEFAULT_CONVERSION.delay).toBe(60))
})

describe('the reopening interval', () => {
  it.each([0, 43_200, 'delay'] as const)('may be %s', (reopenWithin) => {
    const before = changed(conversion({ reopenWithin: 5 }))
    given(created, before)
      .when(change(conversion({ reopenWithin })))
      .yields(changed(conversion({ reopenWithin })))
  })

  it.each([-1, 43_201, 0.5, 'never'])('is refused as %s', (reopenWithin) =>
    given(created)
      .when(change(conversion({ reopenWithin })))
      .refuses('invalid'),
  )
})

describe('every other setting', () => {
  it('is of its kind or refused', () => {
    for (const name of ['assigneeOnly', 'receiveAudioVideo', 'storyMentionOpensWindow', 'reactionOpensWindow']) {
      given(created)
        .when(change({ [name]: 'yes' }))
        .refuses('invalid', {
          field: name,
          expected: 'true or false',
          given: 'yes',
        })
    }
    given(created)
      .when(change({ departmentId: '' }))
      .refuses('empty')
    given(created)
      .when(change({ conversion: null as never }))
      .refuses('invalid')
    given(created)
      .when(change(conversion({ afterTicket: 'party' })))
      .refuses('invalid')
    given(created)
      .when(change(conversion({ cancelOnAnswer: 1 })))
      .refuses('invalid')
  })
})
