/** A fault as somebody could make it: a piece of one source file, and what stands in its place. */
export interface PlantedFault {
  readonly name: string
  readonly path: string
  readonly from: string
  readonly to: string
  /** Found by histories that are compared with the naive reference, not by the simulation. */
  readonly isOfModel?: true
  /** Nearly every seed finds it. */
  readonly isSoonFound?: true
}

/** Each of them the simulation, or the model, must find. The pieces must be in the sources, each once: a changed source changes its line here. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'a lost settle: what was due is not settled before a decision',
    path: 'src/domain/conversation/due-first.ts',
    from: '  const settled = evolveAll(state, due)\n  const decided = decide(command, settled)\n  return decided.length === 0 ? [] : [...due, ...decided]',
    to: '  return decide(command, evolveAll(state, []))',
  },
  {
    name: 'a share not checked: a call leaves although others took over',
    path: 'src/application/delivery/courier.ts',
    from: 'const mayLeave = (): boolean => presence !== undefined && shares.presence === presence',
    to: 'const mayLeave = (): boolean => presence !== shares || true',
  },
  {
    isSoonFound: true,
    name: 'a window one millisecond too long',
    path: 'src/domain/conversation/reply-window.ts',
    from: 'const state = at < standardUntil ?',
    to: 'const state = at <= standardUntil ?',
  },
  {
    name: 'an anchor that moves back',
    path: 'src/domain/conversation/reply-window.ts',
    from: 'opens && (window.anchor === null || at > window.anchor) ?',
    to: 'opens ?',
  },
  {
    name: 'a call with an unknown outcome is repeated',
    path: 'src/application/delivery/after-send.ts',
    from: "case 'no-connection':\n      return { command: again('no-connection', backOff(of.attempt)) }\n    case 'outcome-unknown':",
    to: "case 'no-connection':\n    case 'outcome-unknown':\n      return { command: again('no-connection', backOff(of.attempt)) }\n    case 'nothing' as never:",
  },
  {
    name: '200 although something could not be made durable',
    path: 'src/application/intake/webhook.ts',
    from: '        )\n      })\n      return answer(503)',
    to: '        )\n      })\n      return answer(200)',
  },
  {
    isSoonFound: true,
    name: 'counts that nobody waits for',
    path: 'src/application/intake/webhook.ts',
    from: 'if (!(await limit.meets(balance.write(tally)))) throw new TooSlow()',
    to: 'balance.note(tally)',
  },
  {
    name: 'an idempotency key that is forgotten',
    path: 'src/application/commands/command-key.ts',
    from: 'key.length <= MAX_KEY_LENGTH\n    ? key\n',
    to: 'key.length <= MAX_KEY_LENGTH\n    ? `${key} ${String(Object.assign(whoOf, { uses: ((whoOf as { uses?: number }).uses ?? 0) + 1 }).uses)}`\n',
  },
  {
    name: 'what another process folded stays in the memory of this one',
    path: 'src/application/views/view-runner.ts',
    from: 'this.#cache.forget(projection, change.get(projection.name) ?? [])\n    this.#standing.live = {',
    to: 'this.#cache.forget(projection, [])\n    this.#standing.live = {',
  },
  {
    name: 'shares that never end',
    path: 'src/application/leases/work-shares.ts',
    from: 'return age < this.#goneAfter * (1 - MARGIN) ? held : { epochs: NOTHING }',
    to: 'return age < Infinity ? held : { epochs: NOTHING }',
  },
  {
    name: 'a view that two processes fold at once',
    path: 'src/adapters/memory/views.ts',
    from: 'if (!sameCheckpoint(find(change.view)?.checkpoint, change.from)) throw',
    to: 'if (!sameCheckpoint(change.from, change.from)) throw',
  },
  {
    name: 'replies survive the disabling of their channel',
    path: 'src/domain/conversation/next-delivery.ts',
    from: "if (stoppedReplies(state, channel).length > 0) return { kind: 'settle' }",
    to: '',
  },
  {
    name: 'an append of which nobody knows counts as not done',
    path: 'src/application/commands/streams.ts',
    from: "if (outcome !== 'unknown') throw error\n        if (unknown >= MAX_UNKNOWN_OUTCOMES)",
    to: 'if (outcome !== undefined) throw error\n        if (unknown >= MAX_UNKNOWN_OUTCOMES)',
  },
  {
    name: 'a conversion that is due a millisecond late',
    path: 'src/domain/conversation/episode.ts',
    from: "policy.delay === 'never' ? null : firstAt + policy.delay * MINUTE",
    to: "policy.delay === 'never' ? null : firstAt + policy.delay * MINUTE + 1",
  },
  {
    name: 'a conversion that is settled a millisecond late',
    path: 'src/domain/conversation/conversion.ts',
    from: 'if (episode.dueAt <= (deletion?.at ?? at)) return',
    to: 'if (episode.dueAt < (deletion?.at ?? at)) return',
  },
  {
    name: 'a call of another process that is given up at once',
    path: 'src/application/delivery/courier.ts',
    from: 'return since + this.#context.delivery.callTimeout + GRACE - this.#context.runtime.monotonic()',
    to: 'return since - this.#context.runtime.monotonic()',
  },
  {
    name: 'a conversion that its deadline fires a millisecond late',
    path: 'src/projections/deadlines.ts',
    from: 'return { ...deadline, conversionDueAt: event.data.dueAt }',
    to: 'return { ...deadline, conversionDueAt: event.data.dueAt + 1 }',
  },
  {
    name: 'an epoch that is not compared',
    path: 'src/domain/conversation/begin-attempt.ts',
    from: 'if (epoch < current) refuse',
    to: 'if (epoch < Math.min(current, epoch)) refuse',
  },
  {
    name: 'the end of a window that its deadline fires a millisecond late',
    path: 'src/projections/deadlines.ts',
    from: '[anchor + STANDARD_WINDOW]',
    to: '[anchor + STANDARD_WINDOW + 1]',
  },
  {
    name: 'a transfer that does not look at who holds the conversation',
    path: 'src/domain/conversation/assignment.ts',
    from: "if (seen !== assignee) refuse('assignee-changed', { assignee, seen })",
    to: "if (seen !== assignee && to === assignee) refuse('assignee-changed', { assignee, seen })",
  },
  {
    name: 'a ticket event that the host refused is not told again',
    path: 'src/application/host-tickets/host-tickets.ts',
    from: 'event === undefined ? [] : [{ stream: event.stream, from: event.revision }]',
    to: 'event === undefined ? [] : []',
  },
  {
    name: 'a watch that outlives its desk',
    path: 'src/application/desk/watching.ts',
    from: 'AbortSignal.any([stop.signal, views.ended,',
    to: 'AbortSignal.any([stop.signal,',
  },
  {
    name: 'a watch that misses what another process folded',
    path: 'src/application/views/view-runner.ts',
    from: 'if (!isWhole) this.#cache.forgetAll(projections)\n      this.#tell(change)',
    to: 'if (!isWhole) this.#cache.forgetAll(projections)',
  },
  {
    name: 'a key by which a process takes the events of another for its own',
    path: 'src/application/commands/streams.ts',
    from: 'const batch = this.#runtime.newId()',
    to: 'const batch = key === undefined ? this.#runtime.newId() : derivedId(stream, key)',
  },
  {
    name: 'a repeated append that was not applied counts for the one that it repeats',
    path: 'src/application/commands/streams.ts',
    from: "if (unknown > 0 && isStoreError(error, 'StoreUnavailable')) outcome = 'unknown'",
    to: '',
  },
  {
    name: 'what was missed is asked of one conversation only',
    path: 'src/application/channels/missed-messages.ts',
    from: 'after = receipts.at(-1)?.cursor ?? first.cursor',
    to: 'after = receipts.at(-1)?.cursor ?? first.cursor\n      if (recovered > 0) break',
  },
  {
    name: 'the slot of a deleted channel stays taken',
    path: 'src/application/channels/channel-protocol.ts',
    from: "await this.#releaseSlot(organizationId, channelId, 'deleted')",
    to: '',
  },
  {
    name: 'a deleted channel keeps its pending conversions',
    path: 'src/domain/conversation/conversion.ts',
    from: 'if (deletion === null) return undefined',
    to: 'if (deletion === null || deletion.at <= at) return undefined',
  },
  {
    isOfModel: true,
    name: 'the window of a past instant is told from the newest anchor',
    path: 'src/application/desk/conversations.ts',
    from: 'to: at,',
    to: '',
  },
  {
    isOfModel: true,
    name: 'a key that was used for something else answers',
    path: 'src/application/commands/streams.ts',
    from: 'return isSame ? used :',
    to: 'return isSame || used !== undefined ? used :',
  },
  {
    isOfModel: true,
    name: 'a throttled reply is given up',
    path: 'src/application/delivery/after-send.ts',
    from: "return { command: again('throttled', Math.max(result.retryAfter ?? 0, backOff(of.attempt)), result.code) }",
    to: "return { command: reject('message-refused', result.code) }",
  },
  {
    isOfModel: true,
    name: 'a reply that may have arrived is sent again without a warning',
    path: 'src/domain/conversation/reply-requests.ts',
    from: 'if (reply.doubt && !mayArriveTwice) refuse',
    to: 'if (reply.doubt && mayArriveTwice !== mayArriveTwice) refuse',
  },
]
