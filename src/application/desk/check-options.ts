import {
  aBoolean,
  aFunction,
  anObject,
  aWholeNumber,
  checkOptions,
  type Kind,
  milliseconds,
  optional,
  type Shape,
} from '../ports/shape.ts'
import type { DeliveryOptions, DeskOptions, IntakeLimits, ProcessesOptions } from './options.ts'

const methods = (...names: readonly string[]): Kind => ({
  expected: `an object with ${names.join(', ')}`,
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function'),
})
/** Of an object of the host or of an adapter: what has these members, and perhaps others. */
const having = (what: string, members: Readonly<Record<string, Kind>>): Kind => ({
  expected: what,
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(members).every(([name, kind]) => kind.is((value as Readonly<Record<string, unknown>>)[name])),
})

const STORE = having("a store: memory(), sqlite('desk.db'), postgres(...) or eventstoredb(...)", {
  events: methods('append', 'read', 'readAll', 'subscribe'),
  views: methods('commit'),
  snapshots: anObject(),
  leases: anObject(),
  keys: methods('digestKey'),
  tokens: methods('get', 'put'),
  blobs: methods('get', 'put'),
  close: aFunction,
})
const META = having('what meta({ appSecrets, verifyToken }) gives', {
  platform: methods('handshake', 'verify', 'parse'),
  messenger: methods('send'),
})
const YEAR = 366 * 86_400_000

const DELIVERY: { readonly [Name in keyof Required<DeliveryOptions>]: Kind } = {
  enabled: optional(aBoolean),
  concurrency: optional(aWholeNumber(1, 10_000)),
  callTimeout: optional(milliseconds(1)),
  stopWithin: optional(milliseconds(0)),
}
const INTAKE: { readonly [Name in keyof Required<IntakeLimits>]: Kind } = {
  answerWithin: optional(milliseconds(1)),
  quarantineFor: optional(milliseconds(0, 10 * YEAR)),
}
const PROCESSES: { readonly [Name in keyof Required<ProcessesOptions>]: Kind } = {
  goneAfter: optional(milliseconds(1)),
}
const OPTIONS: { readonly [Name in keyof Required<DeskOptions>]: Kind } = {
  store: STORE,
  meta: META,
  clock: optional(methods('now')),
  runtime: optional(methods('monotonic', 'wallTime', 'schedule', 'newId')),
  log: optional(methods('info', 'warn', 'error')),
  tickets: optional(methods('receive')),
  delivery: optional(anObject(DELIVERY)),
  intake: optional(anObject(INTAKE)),
  processes: optional(anObject(PROCESSES)),
  cachedStreams: optional(aWholeNumber(1)),
  cachedDocuments: optional(aWholeNumber(1)),
  onStep: optional(aFunction),
}

/** Every option of a desk is known and of its kind. @throws InvalidOption */
export const checkDeskOptions = (options: unknown): void => checkOptions(options, OPTIONS satisfies Shape)
