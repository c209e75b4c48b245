import { partitionOf } from '../../../src/application/views/partition.ts'
import { attemptsOf, repliesOf } from '../attempts.ts'
import { type Evidence, type Finding, groupBy } from '../evidence.ts'
import type { HostProcess } from '../host-process.ts'

/** Who did what under which turn: no epoch falls, none is shared, and all hosts had their part in the work. */
export const checkProcesses = (evidence: Evidence): Finding => {
  const { stage } = evidence
  const violations: string[] = []
  const attempts = attemptsOf(evidence, repliesOf(evidence))
  for (const [conversationId, inOrder] of groupBy(attempts, (attempt) => attempt.conversationId)) {
    for (const [index, { name, epoch }] of inOrder.entries())
      if (epoch < (inOrder[index - 1]?.epoch ?? 0)) violations.push(`${name} in ${conversationId} has a lower epoch`)
  }
  const turns = groupBy(attempts, ({ conversationId, epoch }) => `${partitionOf(conversationId)}, epoch ${epoch}`)
  for (const [turn, each] of turns) {
    const workers = new Set(each.map(({ worker }) => worker))
    if (workers.size > 1) violations.push(`${workers.size} processes attempted in partition ${turn}`)
  }
  const figures: Record<string, number> = { 'turns in which something was attempted': turns.size }
  for (const [slot, lives] of groupBy(stage.lives, (host) => `host ${host.slot + 1}`)) {
    const workers = new Set(lives.map(({ worker }) => worker))
    const own = attempts.filter(({ worker }) => workers.has(worker)).length
    const fired = lives.reduce((sum, { steps }) => sum + (steps.get('converted') ?? 0), 0)
    if (stage.hosts.length > 1 && own === 0) violations.push(`${slot} attempted nothing`)
    if (stage.hosts.length > 1 && fired === 0) violations.push(`${slot} fired no deadline`)
    Object.assign(figures, {
      [`${slot}: attempts`]: own,
      [`${slot}: conversions fired`]: fired,
      ...delaysOf(slot, lives),
    })
  }
  return { name: 'processes', figures, violations }
}

/** The longest times for which event loops stood still while the hosts were neither asleep nor starting. */
const delaysOf = (slot: string, lives: readonly HostProcess[]): Readonly<Record<string, number>> => {
  const awake = lives
    .flatMap(({ delays, pauses }) =>
      delays.filter(
        ({ from, to }) => !pauses.some((slept) => from <= (slept.to?.real ?? Infinity) && to >= slept.from.real),
      ),
    )
    .toSorted((one, other) => other.longest - one.longest)
  const longest = awake[0]
  const usual = awake[Math.floor(awake.length / 100)]
  return {
    [`${slot}: longest delay of its event loop, ms`]: Math.round(longest?.longest ?? 0),
    [`${slot}: ... without a processor meanwhile, ms`]: Math.round(longest?.starved ?? 0),
    [`${slot}: 99 of 100 half seconds have less than, ms`]: Math.round(usual?.longest ?? 0),
  }
}
