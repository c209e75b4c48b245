/** Messages of the protocol as the clients' own generated code knows them. */
import { createRequire } from 'node:module'
import features from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js'
import shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js'
import status from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/status_pb.js'
import streams from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js'
import type anyModule from 'google-protobuf/google/protobuf/any_pb.js'
import type emptyModule from 'google-protobuf/google/protobuf/empty_pb.js'
import type timestampModule from 'google-protobuf/google/protobuf/timestamp_pb.js'
import type protobuf from 'google-protobuf'
import type { Kept } from './log.ts'

export { features, shared, status, streams }

// The copy of google-protobuf that the generated code was made for.
const near = createRequire(createRequire(import.meta.url).resolve('@kurrent/kurrentdb-client'))
const { Any } = near('google-protobuf/google/protobuf/any_pb.js') as typeof anyModule
const { Empty } = near('google-protobuf/google/protobuf/empty_pb.js') as typeof emptyModule
const { BinaryWriter } = near('google-protobuf') as typeof protobuf
const { Timestamp } = near('google-protobuf/google/protobuf/timestamp_pb.js') as typeof timestampModule

export const emptyOfGoogle = (): InstanceType<typeof Empty> => new Empty()
export const now = (): InstanceType<typeof Timestamp> => Timestamp.fromDate(new Date())

/** What .NET writes for -1 as an unsigned number. */
export const NO_POSITION = '18446744073709551615'
const TICKS_PER_MILLISECOND = 10_000n

export const nameOf = (identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')

export const identifierOf = (name: string): InstanceType<typeof shared.StreamIdentifier> => {
  const identifier = new shared.StreamIdentifier()
  identifier.setStreamName(Uint8Array.from(Buffer.from(name, 'utf8')))
  return identifier
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** @throws Error as .NET does for what is no Guid */
export const uuidOf = (id: InstanceType<typeof shared.UUID> | undefined): string => {
  const structured = id?.getStructured()
  const text = structured
    ? [structured.getMostSignificantBits(), structured.getLeastSignificantBits()]
        .map((bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0'))
        .join('')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    : (id?.getString() ?? '')
  if (!UUID.test(text)) throw new Error('Unrecognized Guid format.')
  if (/^[0-]*$/.test(text)) throw new Error('eventId should be non-empty GUID.')
  return text.toLowerCase()
}

const toUuid = (id: string, asText: boolean): InstanceType<typeof shared.UUID> => {
  const uuid = new shared.UUID()
  if (asText) {
    uuid.setString(id)
    return uuid
  }
  const digits = id.replaceAll('-', '')
  const bits = (from: number): string => BigInt.asIntN(64, BigInt(`0x${digits.slice(from, from + 16)}`)).toString()
  const structured = new shared.UUID.Structured()
  structured.setMostSignificantBits(bits(0))
  structured.setLeastSignificantBits(bits(16))
  uuid.setStructured(structured)
  return uuid
}

export const eventResponse = (event: Kept, idsAsText: boolean): InstanceType<typeof streams.ReadResp> => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
  recorded.setId(toUuid(event.id, idsAsText))
  recorded.setStreamIdentifier(identifierOf(event.stream))
  recorded.setStreamRevision(String(event.revision))
  recorded.setCommitPosition(String(event.position))
  recorded.setPreparePosition(String(event.position))
  recorded.setData(event.data)
  recorded.setCustomMetadata(event.metadata)
  const metadata = recorded.getMetadataMap()
  metadata.set('type', event.type)
  metadata.set('created', String(BigInt(event.created) * TICKS_PER_MILLISECOND))
  metadata.set(
    'content-type',
    event.contentType === 'application/json' ? event.contentType : 'application/octet-stream',
  )
  const read = new streams.ReadResp.ReadEvent()
  read.setEvent(recorded)
  read.setCommitPosition(String(event.position))
  const response = new streams.ReadResp()
  response.setEvent(read)
  return response
}

/** An error of one append among others on the same stream of requests. */
export const errorOf = (
  code: number,
  message: string,
  details: { serializeBinary(): Uint8Array },
  name: string,
): InstanceType<typeof status.Status> => {
  const any = new Any()
  any.pack(details.serializeBinary(), name)
  const error = new status.Status()
  error.setCode(code)
  error.setMessage(message)
  error.setDetails(any)
  return error
}

/** What a server says of an event that is larger than one may be; the clients have no such message in their generated code. */
export const eventTooLarge = (id: string, size: number, limit: number): { serializeBinary(): Uint8Array } => ({
  serializeBinary: () => {
    const writer = new BinaryWriter()
    writer.writeString(1, id)
    writer.writeUint32(2, size)
    writer.writeUint32(3, limit)
    return writer.getResultBuffer()
  },
})
