import { requireIcon } from '../icon.ts'
import { refuse } from '../refusal.ts'
import { given, requireId, requireName, requireOneOf } from '../text.ts'
import type { ChannelSettings, ConversionPolicy } from './settings.ts'

/** Code points, without the white space around. */
export const MAX_CHANNEL_NAME = 100
/** Minutes: 24 hours. */
export const MAX_CONVERSION_DELAY = 1_440
/** Minutes: 30 days. */
export const MAX_REOPEN_WITHIN = 43_200

const requireMinutes = (field: string, value: unknown, min: number, max: number, word: string): number => {
  // Adding 0 makes -0 what JSON makes of it.
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value + 0
  return refuse('invalid', { field, expected: `whole minutes from ${min} to ${max}, or ${word}`, given: given(value) })
}

const requireBoolean = (field: string, value: unknown): boolean =>
  typeof value === 'boolean' ? value : refuse('invalid', { field, expected: 'true or false', given: given(value) })

const requireConversion = (policy: ConversionPolicy): ConversionPolicy => {
  const field = 'conversion'
  if (typeof policy !== 'object' || policy === null) {
    return refuse('invalid', { field, expected: 'a conversion policy', given: given(policy) })
  }
  const { delay, afterTicket, reopenWithin, cancelOnAnswer } = policy
  return {
    delay: delay === 'never' ? delay : requireMinutes(`${field}.delay`, delay, 1, MAX_CONVERSION_DELAY, 'never'),
    afterTicket: requireOneOf(`${field}.afterTicket`, afterTicket, ['new-ticket', 'thread-while-open']),
    reopenWithin:
      reopenWithin === 'delay'
        ? reopenWithin
        : requireMinutes(`${field}.reopenWithin`, reopenWithin, 0, MAX_REOPEN_WITHIN, 'delay'),
    cancelOnAnswer: requireBoolean(`${field}.cancelOnAnswer`, cancelOnAnswer),
  }
}

/** One rule per setting; answers with the value as it is kept. */
const RULES: { readonly [Name in keyof ChannelSettings]: (value: ChannelSettings[Name]) => ChannelSettings[Name] } = {
  name: (value) => requireName('name', value, MAX_CHANNEL_NAME),
  icon: (value) => (value === null ? null : requireIcon(value)),
  departmentId: (value) => requireId('departmentId', value),
  conversion: requireConversion,
  assigneeOnly: (value) => requireBoolean('assigneeOnly', value),
  receiveAudioVideo: (value) => requireBoolean('receiveAudioVideo', value),
  storyMentionOpensWindow: (value) => requireBoolean('storyMentionOpensWindow', value),
  reactionOpensWindow: (value) => requireBoolean('reactionOpensWindow', value),
}

/** The names of all settings. */
export const SETTINGS: readonly (keyof ChannelSettings)[] = Object.keys(RULES) as (keyof ChannelSettings)[]

/** Whether something may be changed at all: the account, say, may not. */
const isSetting = (name: string): name is keyof ChannelSettings => Object.hasOwn(RULES, name)

const checked = <Name extends keyof ChannelSettings>(name: Name, value: ChannelSettings[Name]): object => ({
  [name]: RULES[name](value),
})

/** The given settings as they are kept. @throws Refusal that names the field, its bounds and what was given */
export const checkChanges = (changes: Partial<ChannelSettings>): Partial<ChannelSettings> => {
  let result: Partial<ChannelSettings> = {}
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    if (!isSetting(name)) {
      return refuse('invalid', { field: 'changes', expected: `any of ${SETTINGS.join(', ')}`, given: given(name) })
    }
    result = { ...result, ...checked(name, value) }
  }
  return result
}

/** All settings of a new channel. @throws Refusal */
export const checkSettings = (settings: ChannelSettings): ChannelSettings => ({
  name: RULES.name(settings.name),
  icon: RULES.icon(settings.icon),
  departmentId: RULES.departmentId(settings.departmentId),
  conversion: RULES.conversion(settings.conversion),
  assigneeOnly: RULES.assigneeOnly(settings.assigneeOnly),
  receiveAudioVideo: RULES.receiveAudioVideo(settings.receiveAudioVideo),
  storyMentionOpensWindow: RULES.storyMentionOpensWindow(settings.storyMentionOpensWindow),
  reactionOpensWindow: RULES.reactionOpensWindow(settings.reactionOpensWindow),
})
