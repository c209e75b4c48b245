import { describe, expect, it } from 'vitest'
import { checkIcon, MAX_ICON_BYTES, requireIcon } from '../../src/domain/icon.ts'
import { isRefusal } from '../../src/domain/refusal.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff, 0xe0]
const bytes = (signature: readonly number[], size: number = signature.length): Uint8Array => {
  const all = new Uint8Array(size)
  all.set(signature)
  return all
}
const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (isRefusal(error)) return error.code
    throw error
  }
  return 'allowed'
}

describe('an icon', () => {
  it.each(['a.jpg', 'a.JPEG', 'b.c.Jpg'])('may be a JPEG named %s', (fileName) =>
    expect(checkIcon({ fileName, bytes: bytes(JPEG) })).toBe('image/jpeg'),
  )

  it('may be a PNG in any case of the extension', () =>
    expect(checkIcon({ fileName: 'a.PnG', bytes: bytes(PNG) })).toBe('image/png'))

  it.each(['a.gif', 'png', 'a.png.webp', 'a.', 'a.constructor', '.p ng'])('is refused as %s', (fileName) =>
    expect(codeOf(() => checkIcon({ fileName, bytes: bytes(PNG) }))).toBe('icon-type'),
  )

  it.each([' a.png ', 'a.png\u200b', 'a.png\u2800', '\u202aa.png\u202c', 'a.png\u3164', '\ufeffa.png'])(
    'has the ending that is left once blanks around its name are gone: %j',
    (fileName) => {
      expect(checkIcon({ fileName, bytes: bytes(PNG) })).toBe('image/png')
      expect(requireIcon({ blobId: 'b', fileName, mediaType: 'image/png', size: 8 }).fileName).toBe('a.png')
    },
  )

  it('is refused when the bytes are not what the extension says', () => {
    expect(codeOf(() => checkIcon({ fileName: 'a.png', bytes: bytes(JPEG) }))).toBe('icon-type')
    expect(codeOf(() => checkIcon({ fileName: 'a.jpg', bytes: bytes(PNG) }))).toBe('icon-type')
    expect(codeOf(() => checkIcon({ fileName: 'a.png', bytes: bytes(PNG.slice(0, 7)) }))).toBe('icon-type')
  })

  it('has at most 1,048,576 bytes, that many included', () => {
    expect(MAX_ICON_BYTES).toBe(1_048_576)
    expect(checkIcon({ fileName: 'a.png', bytes: bytes(PNG, 1_048_576) })).toBe('image/png')
    expect(() => checkIcon({ fileName: 'a.png', bytes: bytes(PNG, 1_048_577) })).toThrow(
      expect.objectContaining({
        code: 'too-long',
        facts: { field: 'icon', limit: 1_048_576, actual: 1_048_577, unit: 'bytes' },
      }),
    )
  })

  it('is refused empty without a byte', () =>
    expect(codeOf(() => checkIcon({ fileName: 'a.png', bytes: bytes([], 0) }))).toBe('empty'))
})

describe('a reference to an icon', () => {
  const icon = { blobId: 'blob-1', fileName: 'a.png', mediaType: 'image/png', size: 8 } as const

  it('follows the same rules', () => {
    expect(requireIcon(icon)).toEqual(icon)
    expect(codeOf(() => requireIcon({ ...icon, fileName: 'a.jpg' }))).toBe('icon-type')
    expect(codeOf(() => requireIcon({ ...icon, size: 1_048_577 }))).toBe('too-long')
    expect(codeOf(() => requireIcon({ ...icon, size: 0 }))).toBe('empty')
    expect(codeOf(() => requireIcon({ ...icon, size: 1.5 }))).toBe('invalid')
    expect(codeOf(() => requireIcon({ ...icon, blobId: '' }))).toBe('empty')
  })
})
