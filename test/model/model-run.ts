import { ModelDesk, type Spoil } from './model-desk.ts'
import type { Counted, Observation } from './observation.ts'
import { isAsExpected, Reference } from './reference.ts'
import type { Step } from './steps.ts'

/** Where the product and the reference differ: at which step, in what. */
export interface Difference {
  readonly at: number
  readonly step: Step
  readonly what: string
  readonly expected: unknown
  readonly shown: unknown
}

/** What a history came to, so that nobody takes histories in which nothing happens for a proof. */
export interface Played {
  readonly difference?: Difference
  readonly done: number
  readonly refused: ReadonlyMap<string, number>
  readonly last: Observation
}

/** Plays a history on the product and on the reference, and compares them after every step. */
export const played = async (seed: number, steps: readonly Step[], spoil?: Spoil): Promise<Played> => {
  const desk = await ModelDesk.open(seed, spoil)
  const reference = new Reference()
  const refused = new Map<string, number>()
  let done = 0
  let last = reference.observe()
  try {
    for (const [at, step] of steps.entries()) {
      const result = await desk.play(step)
      const expected = reference.apply(step)
      if (result === 'done') done++
      else refused.set(result, (refused.get(result) ?? 0) + 1)
      if (!isAsExpected(expected, result))
        return { done, refused, last, difference: { at, step, what: 'answer', expected: [...expected], shown: result } }
      last = reference.observe()
      const difference = differenceOf(last, await desk.observe())
      if (difference !== undefined) return { done, refused, last, difference: { at, step, ...difference } }
    }
    return { done, refused, last }
  } finally {
    await desk.stop()
  }
}

/** Whether enough happened in a run for it to say something: several messages, and an answer, a ticket or a refusal of substance. */
export const isTelling = ({ refused, last }: Played): boolean => {
  const lines = Object.values(last.conversations).flatMap(({ transcript }) => transcript)
  const refusals = [...refused.keys()].filter((refusal) => refusal !== 'refused not-associated')
  const isAnswered = lines.some((line) => line.includes(' reply of '))
  return lines.length >= 4 && (isAnswered || last.tickets.length > 0 || refusals.length > 0)
}

/** What the transcripts and lists at the end of runs hold, counted: what is rare in all of them was hardly tried. */
export const figuresOf = (runs: readonly Played[]): Readonly<Record<string, number>> => {
  const figures: Record<string, number> = {}
  const add = (name: string, by = 1): void => void (figures[name] = (figures[name] ?? 0) + by)
  for (const run of runs) {
    add('runs')
    if (isTelling(run)) add('telling runs')
    add('steps done', run.done)
    for (const [refusal, count] of run.refused) add(refusal, count)
    add('tickets', run.last.tickets.length)
    add('pending conversions', run.last.pending.length)
    add('waiting', run.last.lists['aki waiting']?.length ?? 0)
    for (const { window, transcript, ended, blocked } of Object.values(run.last.conversations)) {
      add('conversations')
      add(`window ${window}`)
      if (ended) add('ended')
      if (blocked) add('blocked')
      for (const line of transcript) {
        const status = / reply of .*\[(.+)\]$/.exec(line)?.[1]
        if (status !== undefined) add(`reply ${status}`)
        else if (line.includes('taken back')) add('messages taken back')
        else if (line.includes(', edit ')) add('messages edited')
        else if (line.includes(' customer ')) add('messages')
      }
    }
    for (const { duplicates, ignored, quarantined } of Object.values(run.last.balance)) {
      add('duplicates', duplicates)
      add('ignored', ignored)
      add('quarantined', quarantined)
    }
  }
  return figures
}

/** The first place in which two observations differ. */
const differenceOf = (
  expected: unknown,
  shown: unknown,
  path = '',
): Pick<Difference, 'what' | 'expected' | 'shown'> | undefined => {
  if (isPlain(expected) && isPlain(shown)) {
    if ('either' in expected)
      return isCountedAlike(expected as never, shown as never) ? undefined : { what: path, expected, shown }
    for (const name of new Set([...Object.keys(expected), ...Object.keys(shown)])) {
      const found = differenceOf(expected[name], shown[name], path === '' ? name : `${path} / ${name}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (isAllowed(expected, shown)) return undefined
  return { what: path, expected, shown }
}

const OUTCOMES = ['recorded', 'duplicates', 'ignored', 'quarantined'] as const

const isCountedAlike = (expected: Counted, shown: Counted): boolean => {
  const more = OUTCOMES.map((name) => shown[name] - expected[name])
  return (
    shown.received === expected.received &&
    shown.either === 0 &&
    more.every((by, index) => by === 0 || (by > 0 && OUTCOMES[index] !== 'quarantined')) &&
    more.reduce((sum, by) => sum + by, 0) === expected.either
  )
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAllowed = (expected: unknown, shown: unknown): boolean => {
  if (Array.isArray(expected) && Array.isArray(shown))
    return expected.length === shown.length && expected.every((item, index) => isAllowed(item, shown[index]))
  if (typeof expected === 'string' && typeof shown === 'string') return isSameLine(expected, shown)
  return expected === shown
}

/** A reply that was rejected for one of several reasons is as good as any of them. */
const isSameLine = (expected: string, shown: string): boolean => {
  if (expected === shown) return true
  const of = /^(.*\[rejected )([\w|-]+)\]$/
  const [, one, reasons] = of.exec(expected) ?? []
  const [, other, reason] = of.exec(shown) ?? []
  return one !== undefined && one === other && reasons!.split('|').includes(reason!)
}
