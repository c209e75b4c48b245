import { crc32, deflateSync } from 'node:zlib'

const SIDE = 96

/**
 * A picture to stand for any medium: a square of one colour, as PNG.
 *
 * @param colour red, green and blue, 0 to 255 each
 */
export const placeholderPng = (colour: readonly [number, number, number]): Uint8Array<ArrayBuffer> => {
  const row = Buffer.concat([Buffer.of(0), ...Array.from({ length: SIDE }, () => Buffer.from(colour))])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  // Eight bits for each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8)
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: SIDE }, () => row)))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
