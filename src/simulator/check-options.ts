import type { SimulatorClock } from './clock.ts'
import type { SimulatorOptions } from './simulator.ts'

/** An option of the simulator is missing, misspelt or of the wrong kind. Names the option and the rule, never a text. */
export class InvalidSimulatorOption extends TypeError {
  override readonly name = 'InvalidSimulatorOption'
  readonly option: string
  readonly rule: string
  constructor(option: string, rule: string) {
    super(`${option}: ${rule}`)
    this.option = option
    this.rule = rule
  }
}

type Rule = readonly [expected: string, is: (value: unknown) => boolean]
type Rules = Readonly<Record<string, Rule>>

const text: Rule = ['text that is not empty', (value) => typeof value === 'string' && value !== '']
const object: Rule = ['an object', (value) => typeof value === 'object' && value !== null]
const number: Rule = ['a number of 0 or more', (value) => typeof value === 'number' && value >= 0]
const chance: Rule = ['a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1]
const numbers: Rule = ['a list of numbers of 0 or more', (value) => Array.isArray(value) && value.every(number[1])]
const truth: Rule = ['true or false', (value) => typeof value === 'boolean']

const NEEDED: readonly (keyof SimulatorOptions)[] = ['appSecret', 'verifyToken']
const OPTIONS: { readonly [Name in keyof Required<SimulatorOptions>]: Rule } = {
  seed: ['a whole number', Number.isSafeInteger],
  runtime: object,
  clock: ['an object with now', (value) => typeof (value as SimulatorClock | null)?.now === 'function'],
  appSecret: text,
  verifyToken: text,
  webhook: ['an address or a handler', (value) => typeof value === 'function' || URL.canParse(String(value))],
  faults: object,
  delivery: object,
  limits: object,
  appId: text,
  instagramAppId: text,
  instagramAppSecret: text,
  apiVersion: ['like v25.0', (value) => /^v\d+\.\d+$/.test(String(value))],
  mediaBase: text,
  opening: object,
  humanAgentRefusal: ['10 or 200', (value) => value === 10 || value === 200],
  restore: object,
  storage: object,
}
const INSIDE: Readonly<Record<'faults' | 'delivery' | 'limits' | 'opening', Rules>> = {
  faults: {
    duplicate: chance,
    reorder: chance,
    echoFirst: chance,
    loseAnswer: chance,
    dropEcho: chance,
    throttle: chance,
    serverError: chance,
  },
  delivery: {
    concurrency: number,
    timeoutMs: number,
    maxEvents: number,
    lingerMs: number,
    retryMs: numbers,
    giveUpAfterMs: number,
    echoDelayMs: number,
  },
  limits: { text: number, media: number, conversations: number },
  opening: { storyMention: truth, reaction: truth },
}

const check = (given: object, rules: Rules, prefix: string): void => {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined)
      throw new InvalidSimulatorOption(`${prefix}${name}`, `is no option; there are ${Object.keys(rules).join(', ')}`)
    if (!rule[1](value)) throw new InvalidSimulatorOption(`${prefix}${name}`, `must be ${rule[0]}`)
  }
}

/** Every member of one option is known and of its kind. @throws InvalidSimulatorOption */
export const checkMembers = (option: keyof typeof INSIDE, given: object): void =>
  check(given, INSIDE[option], `${option}.`)

/** Defaults, replaced by what is given; a member that is undefined is not given. */
export const withDefaults = <Values extends object>(defaults: Values, given: Partial<Values> = {}): Values => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
})

/** Every option is known and of its kind. @throws InvalidSimulatorOption */
export const checkOptions = (options: unknown): void => {
  if (typeof options !== 'object' || options === null) throw new InvalidSimulatorOption('options', 'must be an object')
  const given = options as Readonly<Record<string, unknown>>
  check(given, OPTIONS, '')
  for (const name of NEEDED) if (given[name] === undefined) throw new InvalidSimulatorOption(name, 'is missing')
  for (const name of Object.keys(INSIDE) as (keyof typeof INSIDE)[]) {
    const inside = given[name]
    if (inside !== undefined) checkMembers(name, inside as object)
  }
}
