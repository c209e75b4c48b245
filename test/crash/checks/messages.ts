import { allOf, eventsOf, type Evidence, type Finding, groupBy, told } from '../evidence.ts'
import { AGENTS, ORGANIZATION } from '../wire.ts'

/** Every message answered with 200 is there exactly once: in the log, in its transcript, and at every kill already. */
export const checkMessages = async (evidence: Evidence): Promise<Finding> => {
  const { stage, log, desk, played } = evidence
  const { ledger } = stage.simulator
  const violations: string[] = []
  const sent = ledger.events({ kind: 'message' })
  const answered = sent.filter(({ answered200 }) => answered200 > 0)
  if (sent.length !== played.troupe.messages) violations.push(`${sent.length} messages of ${played.troupe.messages}`)
  if (answered.length < sent.length)
    violations.push(`${sent.length - answered.length} messages were never answered 200`)

  const recorded = groupBy(eventsOf(log, 'MessageReceived'), (event) => told<string>(event, 'mid'))
  for (const { mid = '' } of answered) {
    const times = recorded.get(mid)?.length ?? 0
    if (times !== 1) violations.push(`${mid} is ${times} times in the log`)
  }
  const known = new Set(sent.map(({ mid }) => mid))
  for (const mid of recorded.keys()) if (!known.has(mid)) violations.push(`${mid} was never written by a customer`)

  const shown = new Map<string, number>()
  const conversationIds = new Set(
    eventsOf(log, 'ConversationStarted').map((event) => told<string>(event, 'conversationId')),
  )
  const agent = { kind: 'agent', id: AGENTS[0], organizationId: ORGANIZATION } as const
  for (const conversationId of conversationIds) {
    const items = await allOf((page) => desk.conversations.transcript(agent, { conversationId, limit: 200, ...page }))
    for (const item of items) {
      if (item.kind === 'message' && item.origin === 'customer')
        shown.set(item.messageId, (shown.get(item.messageId) ?? 0) + 1)
    }
  }
  for (const { mid = '' } of answered) {
    const [event] = recorded.get(mid) ?? []
    const times = event === undefined ? 0 : (shown.get(told<string>(event, 'messageId')) ?? 0)
    if (times !== 1) violations.push(`${mid} is ${times} times in its transcript`)
  }
  const atKills = durableAtKills(evidence, violations)
  return {
    name: 'messages',
    figures: {
      messages: sent.length,
      'answered 200': answered.length,
      'in the log': eventsOf(log, 'MessageReceived').length,
      'in transcripts': [...shown.values()].reduce((sum, times) => sum + times, 0),
      'answers held against the log at kills': atKills,
    },
    violations,
  }
}

/** What was answered 200 before the host died stood in the log before its next life wrote anything. */
const durableAtKills = ({ stage, log }: Evidence, violations: string[]): number => {
  const { ledger } = stage.simulator
  const first = new Map<string, string>()
  for (const event of eventsOf(log, 'MessageReceived', 'MessageEchoed', 'ReplyPartSent')) {
    const mid = told<string>(event, 'mid')
    if (!first.has(mid)) first.set(mid, event.position)
  }
  let checked = 0
  let from = 0
  for (const { head, requests } of stage.boundaries) {
    for (const { answer, eventIds } of ledger.attempts.slice(from, requests)) {
      if (answer.kind !== 'answered' || answer.status !== 200) continue
      for (const eventId of eventIds) {
        const { kind, mid = '' } = ledger.event(eventId) ?? {}
        if (kind !== 'message' && kind !== 'echo') continue
        checked++
        const position = first.get(mid)
        if (position === undefined || head === null || position > head)
          violations.push(`${mid} was answered 200 and not in the log when the host died`)
      }
    }
    from = requests
  }
  return checked
}
