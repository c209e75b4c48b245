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
  withMethods,
} from '../ports/shape.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeliveryOptions, DeskOptions, IntakeLimits, ProcessesOptions } from './options.ts'

/** Of an object of the host or of an adapter: what has these members, and perhaps others. */
const having = (what: string, members: Readonly<Record<string, Kind>>): Kind => ({
  expected: what,
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(members).every(([name, kind]) => kind.is((value as Readonly<Record<string, unknown>>)[name])),
})

const STORE = having("a store: memory(), sqlite('desk.db'), postgres(...) or eventstoredb(...)", {
  events: withMethods('append', 'read', 'readAll', 'subscribe'),
  views: withMethods('commit'),
  snapshots: anObject(),
  leases: anObject(),
  keys: withMethods('digestKey'),
  tokens: withMethods('get', 'put'),
  blobs: withMethods('get', 'put'),
  close: aFunction,
})
const META = having('what meta({ appSecrets, verifyToken }) gives', {
  platform: withMethods('handshake', 'verify', 'parse'),
  messenger: withMethods('send'),
})
const CLOCK: Kind = {
  expected: 'an object with now, which returns epoch milliseconds',
  is: (value) => withMethods('now').is(value) && Number.isFinite((value as Clock).now()),
}
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
  clock: optional(CLOCK),
  runtime: optional(withMethods('monotonic', 'wallTime', 'schedule', 'newId')),
  log: optional(withMethods('info', 'warn', 'error')),
  tickets: optional(withMethods('receive')),
  delivery: optional(anObject(DELIVERY)),
  intake: optional(anObject(INTAKE)),
  processes: optional(anObject(PROCESSES)),
  cachedStreams: optional(aWholeNumber(1)),
  cachedDocuments: optional(aWholeNumber(1)),
  onStep: optional(aFunction),
}

/** Every option of a desk is known and of its kind. @throws InvalidOption */
export const checkDeskOptions = (options: unknown): void => checkOptions(options, OPTIONS satisfies Shape)
