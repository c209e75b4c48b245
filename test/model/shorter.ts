import { type Played, played } from './model-run.ts'
import type { Step } from './steps.ts'

/** The shortest history found that still shows a difference in the same thing. */
export const shorter = async (
  seed: number,
  steps: readonly Step[],
  tries = 300,
): Promise<{ readonly steps: readonly Step[]; readonly played: Played }> => {
  let best = { steps, played: await played(seed, steps) }
  const { difference } = best.played
  if (difference === undefined) return best
  let left = tries
  const attempt = async (fewer: readonly Step[]): Promise<boolean> => {
    if (left-- <= 0) return false
    const again = await played(seed, fewer)
    if (kindOf(again) !== kindOf(best.played)) return false
    best = { steps: fewer.slice(0, again.difference!.at + 1), played: again }
    return true
  }
  await attempt(steps.slice(0, difference.at + 1))
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = best.steps.length - size; at >= 0; at -= size)
      await attempt([...best.steps.slice(0, at), ...best.steps.slice(at + size)])
  for (const [at, step] of best.steps.entries())
    if (step.kind === 'webhook')
      for (let event = step.events.length - 1; event >= 0; event--) {
        const current = best.steps[at]
        if (current?.kind !== 'webhook' || current.events.length < 2) break
        await attempt(best.steps.with(at, { ...current, events: current.events.toSpliced(event, 1) }))
      }
  return best
}

/** The same kind of difference, whichever conversation it is in. */
const kindOf = ({ difference }: Played): string | undefined =>
  difference === undefined ? undefined : `${difference.what.split(' / ')[0]} ${difference.what.split(' / ').at(-1)}`
