import type { Icon } from './channel/settings.ts'
import { refuse } from './refusal.ts'
import { given, requireName } from './text.ts'

/** 1 MB, inclusive. */
export const MAX_ICON_BYTES = 1_048_576
const MAX_FILE_NAME = 255
const EXPECTED = '.jpg, .jpeg or .png'

type MediaType = Icon['mediaType']

const TYPES: Readonly<Record<string, MediaType>> = { jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png' }
const SIGNATURES: Readonly<Record<MediaType, readonly number[]>> = {
  'image/jpeg': [0xff, 0xd8, 0xff],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
}

/** What a name may have around it when it was copied: blanks, direction marks, what has no width. No screen shows it. */
const AROUND = '[\\s\\p{Cf}\\u115f\\u1160\\u2800\\u3164\\uffa0]+'
const AT_ENDS = new RegExp(`^${AROUND}|${AROUND}$`, 'gu')

const fileNameOf = (value: unknown): string =>
  requireName(
    'icon.fileName',
    requireName('icon.fileName', value, MAX_FILE_NAME).replaceAll(AT_ENDS, ''),
    MAX_FILE_NAME,
  )

const typeOfName = (fileName: string): MediaType => {
  const dot = fileName.lastIndexOf('.')
  const extension = dot < 0 ? '' : fileName.slice(dot + 1).toLowerCase()
  if (Object.hasOwn(TYPES, extension)) return TYPES[extension]!
  return refuse('icon-type', { field: 'icon', expected: EXPECTED, given: given(extension) })
}

const requireSize = (size: number): void => {
  if (size === 0) refuse('empty', { field: 'icon' })
  if (size > MAX_ICON_BYTES) refuse('too-long', { field: 'icon', limit: MAX_ICON_BYTES, actual: size, unit: 'bytes' })
}

/**
 * Whether a file may be a channel's icon: .jpg, .jpeg or .png in any case, 1 to {@link MAX_ICON_BYTES} bytes, and the bytes
 * begin as the extension says. Answers with the media type.
 * @throws Refusal `icon-type`, `empty`, `too-long` (also the file name, over 255 code points)
 */
export const checkIcon = (icon: { readonly fileName: string; readonly bytes: Uint8Array }): MediaType => {
  const { fileName, bytes } = icon
  const mediaType = typeOfName(fileNameOf(fileName))
  requireSize(bytes.length)
  if (!SIGNATURES[mediaType].every((byte, index) => bytes[index] === byte)) {
    refuse('icon-type', { field: 'icon', expected: mediaType, given: 'other bytes' })
  }
  return mediaType
}

/** The same rules over a reference, whose bytes were checked when they were stored. */
export const requireIcon = (icon: Icon): Icon => {
  if (typeof icon !== 'object' || icon === null) {
    return refuse('invalid', { field: 'icon', expected: 'a reference to an icon, or null', given: given(icon) })
  }
  const { blobId, fileName, mediaType, size } = icon
  const name = fileNameOf(fileName)
  const expected = typeOfName(name)
  if (mediaType !== expected) refuse('icon-type', { field: 'icon', expected, given: given(mediaType) })
  if (!Number.isSafeInteger(size) || size < 0) {
    refuse('invalid', { field: 'icon.size', expected: 'whole bytes', given: given(size) })
  }
  requireSize(size)
  return { blobId: requireName('icon.blobId', blobId, MAX_FILE_NAME), mediaType, size, fileName: name }
}
