import { type Played, playLife } from './life.ts'

/** A rule without the ids and numbers of one run: what must still be broken by a shorter one. */
const ruleOf = (violation: string): string => violation.split(':')[0]!.replaceAll(/[0-9][0-9a-f.\-/]*/g, '#')

/** Drops parts of a list, ever smaller ones, as long as what is left still fails. */
const without = async (
  items: readonly number[],
  fails: (kept: readonly number[]) => Promise<boolean>,
  isOver: () => boolean,
): Promise<readonly number[]> => {
  let kept = items
  for (let size = Math.ceil(kept.length / 2); size >= 1 && !isOver(); size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && !isOver();) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)]
      if (await fails(fewer)) kept = fewer
      else from += size
    }
  }
  return kept
}

export interface Shortened {
  readonly lines: readonly string[]
  readonly acts: number
  readonly faults: number
}

/** Looks for fewer acts and faults that break the same rule, for at most so many real milliseconds. */
export const shrink = async (failed: Played, atMost = 60_000): Promise<Shortened> => {
  const end = performance.now() + atMost
  const isOver = (): boolean => performance.now() > end
  const rule = ruleOf(failed.violations[0] ?? '')
  let last = failed
  const play = async (acts: readonly number[], faults: readonly number[]): Promise<boolean> => {
    const played = await playLife({ seed: failed.seed, onlyActs: new Set(acts), onlyFaults: new Set(faults) })
    const isSame = played.violations.some((violation) => ruleOf(violation) === rule)
    if (isSame) last = played
    return isSame
  }
  const placesOf = ({ injected }: Played): readonly number[] =>
    injected.flatMap(({ place }) => (place < 0 ? [] : [place]))
  let acts: readonly number[] = Array.from({ length: failed.acts }, (_, number) => number)
  let faults = placesOf(failed)
  // With fewer acts other calls are made, so other faults would be injected: first without any.
  if (await play(acts, [])) faults = []
  faults = await without(faults, (kept) => play(acts, kept), isOver)
  acts = await without(acts, (kept) => play(kept, faults), isOver)
  faults = await without(faults, (kept) => play(acts, kept), isOver)
  return { lines: last.lines, acts: acts.length, faults: faults.length }
}
