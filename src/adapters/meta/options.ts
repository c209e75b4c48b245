import * as v from 'valibot'
import { anObject, checkKind, type Kind, LONGEST_TIMER, optional, withMethods } from '../../application/ports/shape.ts'

/** An option of the adapter is missing or malformed. Names the option and the rule, never the value: it may be a secret. */
export class InvalidMetaOption extends TypeError {
  override readonly name = 'InvalidMetaOption'
  readonly option: string
  readonly rule: string
  constructor(option: string, rule: string) {
    super(`${option}: ${rule}`)
    this.option = option
    this.rule = rule
  }
}

const NO_TEXT = 'must be a text that is not empty'
const text = v.pipe(v.string(NO_TEXT), v.nonEmpty(NO_TEXT))
const milliseconds = v.pipe(
  v.number('must be milliseconds'),
  v.finite('must be milliseconds'),
  v.minValue(0, 'must be 0 or more'),
  v.maxValue(LONGEST_TIMER, `must be at most ${LONGEST_TIMER}`),
)
const NO_ADDRESS = 'must be an http or https address without query'
const address = v.pipe(
  v.string(NO_ADDRESS),
  v.regex(/^https?:\/\/[^?#\s]+$/, NO_ADDRESS),
  v.check((url) => URL.canParse(url), NO_ADDRESS),
  v.transform((url) => url.replace(/\/+$/, '')),
)

const platformOptions = v.object(
  {
    appSecrets: v.pipe(
      v.array(text, 'must be a list of secrets'),
      v.minLength(1, 'must hold at least one secret'),
      v.readonly(),
    ),
    verifyToken: text,
    appId: v.optional(text),
  },
  'must be an object',
)

const RUNTIME = withMethods('monotonic', 'schedule')

const messengerOptions = v.object(
  {
    version: v.optional(
      v.pipe(v.string('must look like v25.0'), v.regex(/^v\d{1,3}\.\d$/, 'must look like v25.0')),
      'v25.0',
    ),
    hosts: v.optional(
      v.object(
        {
          facebook: v.optional(address, 'https://graph.facebook.com'),
          instagram: v.optional(address, 'https://graph.instagram.com'),
        },
        'must be an object',
      ),
      {},
    ),
    // With 0 the outcome of every call would be unknown.
    timeoutMs: v.optional(v.pipe(milliseconds, v.minValue(1, 'must be 1 or more')), 20_000),
    maxWaitMs: v.optional(milliseconds, 5_000),
    share: v.optional(
      v.pipe(v.number('must be a number'), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be at most 1')),
      1,
    ),
    fetch: v.optional(v.function('must be a function')),
    runtime: v.optional(v.custom(RUNTIME.is, `must be ${RUNTIME.expected}`)),
  },
  'must be an object',
)

/** What the platform needs. */
export interface CheckedPlatformOptions {
  readonly appSecrets: readonly string[]
  readonly verifyToken: string
}

/** What the messenger needs, with defaults. */
export interface CheckedMessengerOptions {
  readonly version: string
  readonly hosts: { readonly facebook: string; readonly instagram: string }
  readonly timeoutMs: number
  readonly maxWaitMs: number
  readonly share: number
}

/** The options of the platform, checked. @throws InvalidMetaOption */
export const checkPlatformOptions = (options: unknown): CheckedPlatformOptions => check(platformOptions, options)

/** The options of the messenger, checked, with their defaults. @throws InvalidMetaOption */
export const checkMessengerOptions = (options: unknown): CheckedMessengerOptions => check(messengerOptions, options)

/** What each may be is said by the schemas; both see the options of both. */
const whatever: Kind = optional({ expected: '', is: () => true })
const NAMES = anObject({
  appSecrets: whatever,
  verifyToken: whatever,
  appId: whatever,
  version: whatever,
  hosts: optional({
    expected: '',
    is: () => true,
    members: { facebook: whatever, instagram: whatever },
  }),
  timeoutMs: whatever,
  maxWaitMs: whatever,
  share: whatever,
  fetch: whatever,
  runtime: whatever,
})

const check = <Schema extends v.GenericSchema>(schema: Schema, options: unknown): v.InferOutput<Schema> => {
  if (typeof options === 'object' && options !== null)
    checkKind(options, NAMES, '', (option, expected) => {
      throw new InvalidMetaOption(option, `is no option: it must be ${expected}`)
    })
  const result = v.safeParse(schema, options)
  if (result.success) return result.output
  // A missing member has the library's own message, which quotes what it got.
  const [issue] = result.issues
  throw new InvalidMetaOption(
    v.getDotPath(issue) ?? 'options',
    issue.input === undefined ? 'is missing' : issue.message,
  )
}
