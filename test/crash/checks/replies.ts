import { attemptsOf, type LoggedAttempt, type LoggedReply, repliesOf } from '../attempts.ts'
import { allOf, type Evidence, type Finding, groupBy } from '../evidence.ts'
import { CALL_TIMEOUT, PACE } from '../stage.ts'
import { AGENTS, ORGANIZATION } from '../wire.ts'

const agent = { kind: 'agent', id: AGENTS[0], organizationId: ORGANIZATION } as const

/** After so many real milliseconds whoever finds an attempt in flight takes it for one that nobody will answer. */
const LONGEST_CALL = CALL_TIMEOUT + 1_000

const withoutSpace = (text: string): string => text.replaceAll(/\s/g, '')

/** Each request with its key is one reply, whatever broke off and was repeated. */
export const checkCommands = (evidence: Evidence): Finding => {
  const { troupe, agents } = evidence.played
  const violations: string[] = []
  const queued = groupBy(repliesOf(evidence), ({ text = '', pictures }) => `${pictures.join(' ')} ${text}`)
  for (const { number, content, answers } of troupe.asked) {
    const refused = answers.find(({ kind }) => kind === 'refused')
    if (refused?.kind === 'refused') violations.push(`reply ${number} was refused: ${refused.code}`)
    const ids = new Set(
      answers.map((answer) => (answer.kind === 'done' ? (answer.body as { replyId: string }).replyId : '')),
    )
    if (ids.size !== 1) violations.push(`reply ${number} was answered with ${ids.size} ids`)
    const { text = '', picture = '' } = content
    const times = queued.get(`${picture} ${text}`)?.length ?? 0
    if (times !== 1) violations.push(`reply ${number} is ${times} times in the log`)
  }
  return {
    name: 'commands',
    figures: {
      replies: troupe.asked.length,
      'broken off and repeated': agents.repeated,
      'sent twice on purpose': troupe.doubled,
      'conversions by hand': troupe.conversions.get('done') ?? 0,
    },
    violations,
  }
}

/** What reached the customers, against what the desk says of it. */
export const checkReplies = async (evidence: Evidence): Promise<Finding> => {
  const { stage, desk, played } = evidence
  const { ledger } = stage.simulator
  const violations: string[] = []
  const replies = repliesOf(evidence)
  const attempts = attemptsOf(evidence, replies)
  const contentOf = ({ text, attachments }: (typeof ledger.sends)[number]): string =>
    text ?? (attachments?.[0]?.payload?.['url'] as string | undefined) ?? ''
  const sends = groupBy(ledger.sends, contentOf)

  // No part twice at a customer, by the platform's books and by what the phones show.
  for (const [content, each] of sends)
    if (each.length > 1) violations.push(`${each.length} times at a customer: ${content.slice(0, 60)}`)
  for (const customer of stage.customers) {
    const texts = groupBy(
      customer.phone().messages.filter(({ from, text }) => from === 'business' && text !== undefined),
      ({ text = '' }) => text,
    )
    for (const [text, each] of texts)
      if (each.length > 1) violations.push(`${each.length} times on a phone: ${text.slice(0, 60)}`)
  }
  const asked = new Set(replies.flatMap(({ parts }) => parts))
  for (const content of sends.keys())
    if (!asked.has(content)) violations.push(`nobody asked for: ${content.slice(0, 60)}`)

  // Sent is sent: each part once, at this customer, and together the whole of it.
  const documents = (
    await Promise.all(
      played.channels.map((channelId) =>
        allOf((page) => desk.worklists.deliveries(agent, { channelId, limit: 200, ...page })),
      ),
    )
  ).flat()
  const byStatus = groupBy(documents, ({ status }) => status)
  const byId = new Map(replies.map((reply) => [reply.replyId, reply]))
  for (const { replyId, status } of documents) {
    const reply = byId.get(replyId)
    if (reply === undefined) violations.push(`${replyId} was never asked for`)
    else if (status === 'sent') wholeAtCustomer(reply, sends, violations)
    else if (status === 'partly-sent') partlyAtCustomer(reply, attempts, sends, violations)
    else if (status !== 'unconfirmed') violations.push(`${replyId} ended as ${status}`)
  }
  if (documents.length !== replies.length)
    violations.push(`${documents.length} deliveries of ${replies.length} replies`)

  // An echo that was delivered makes its attempt sent.
  const told = new Map(
    attempts.flatMap((attempt) => (attempt.mid === undefined ? [] : [[attempt.mid, attempt] as const])),
  )
  const echoed = ledger.sends.filter(({ mid }) => ledger.echoOf(mid) === 'delivered')
  for (const send of echoed) {
    const attempt = told.get(send.mid)
    if (attempt === undefined) violations.push(`${send.mid} was echoed and is no attempt's message`)
    else if (attempt.content !== contentOf(send)) violations.push(`${send.mid} is taken for another part`)
  }
  for (const { mid = '', content, name } of told.values()) {
    if (!(sends.get(content) ?? []).some((send) => send.mid === mid))
      violations.push(`${name} is sent as a message that is not its`)
  }

  const silent = checkSilence(evidence, attempts, sends, violations)
  const calls = checkCalls(evidence, attempts, violations)
  const statuses = new Map(documents.map(({ replyId, status }) => [replyId, status]))
  const undisturbed =
    stage.hosts.length === 1 ? {} : checkUndisturbed(replies, attempts, (replyId) => statuses.get(replyId), violations)
  checkOrder(replies, ledger.sends.map(contentOf), violations)
  const settledBy = groupBy(attempts, ({ settledBy = 'none' }) => settledBy)
  return {
    name: 'replies',
    figures: {
      replies: replies.length,
      'in parts': replies.filter(({ parts }) => parts.length > 1).length,
      'with a picture': replies.filter(({ pictures }) => pictures.length > 0).length,
      attempts: attempts.length,
      'at customers': ledger.sends.length,
      'echoes delivered': echoed.length,
      'echoes dropped': ledger.sends.length - echoed.length,
      'answers lost': ledger.sends.filter(({ answer }) => answer === 'lost').length,
      'calls cut by a kill': attempts.filter(({ isOrphan }) => isOrphan).length,
      'refused for now': attempts.filter(({ hasFailed }) => hasFailed).length,
      ...Object.fromEntries(
        ['answer', 'echo', 'text', 'look'].map((how) => [`settled by ${how}`, settledBy.get(how)?.length ?? 0]),
      ),
      'replies sent': byStatus.get('sent')?.length ?? 0,
      'replies partly sent': byStatus.get('partly-sent')?.length ?? 0,
      'replies unconfirmed': byStatus.get('unconfirmed')?.length ?? 0,
      'parts without a word from Meta': silent,
      ...calls,
      ...undisturbed,
    },
    violations,
  }
}

type Sends = ReadonlyMap<
  string,
  readonly { readonly mid: string; readonly customerId: string; readonly answer: string }[]
>

const wholeAtCustomer = (reply: LoggedReply, sends: Sends, violations: string[]): void => {
  for (const [part, content] of reply.parts.entries()) {
    const there = (sends.get(content) ?? []).filter(({ customerId }) => customerId === reply.customerId)
    if (there.length !== 1)
      violations.push(`${reply.replyId}/${part} is sent and ${there.length} times at its customer`)
  }
  const texts = reply.parts.slice(reply.pictures.length).join('')
  if (withoutSpace(texts) !== withoutSpace(reply.text ?? '')) violations.push(`${reply.replyId} is not whole`)
}

/** The echo came after its part had been given up as unconfirmed: what is sent is there, and the rest was never tried. */
const partlyAtCustomer = (
  { replyId, parts }: LoggedReply,
  attempts: readonly LoggedAttempt[],
  sends: Sends,
  violations: string[],
): void => {
  const tried = new Map(attempts.filter((each) => each.replyId === replyId).map((each) => [each.part, each]))
  if (![...tried.values()].some(({ wasUnconfirmed }) => wasUnconfirmed))
    violations.push(`${replyId} is partly sent and was never unconfirmed`)
  for (const [part, content] of parts.entries()) {
    const times = sends.get(content)?.length ?? 0
    const isSent = tried.get(part)?.mid !== undefined
    if (times !== (isSent ? 1 : 0))
      violations.push(`${replyId}/${part} is ${isSent ? '' : 'not '}sent and ${times} times there`)
  }
}

/**
 * Unconfirmed are exactly the parts of which Meta said nothing that the desk lived to hear. Meta spoke if
 * - its answer was given in time to a host that lived until it had written the answer down, or
 * - it refused for now, likewise: then there is a further attempt, which is judged instead, or
 * - the echo was delivered, or
 * - the one look at the conversation that was recorded showed the message.
 * A call that ended in a 5xx or was cut, or was never made because the host died or lost its turn before it, is silence. Whether an answer was
 * heard that came while its host slept, or while the log could not be written, cannot be told from here.
 */
const checkSilence = (
  evidence: Evidence,
  attempts: readonly LoggedAttempt[],
  sends: Sends,
  violations: string[],
): number => {
  const { simulator, observer } = evidence.stage
  const calls = groupBy(observer.calls, ({ content }) => content)
  const looks = groupBy(observer.looks, ({ customerId }) => customerId)
  let silent = 0
  for (const [part, all] of groupBy(attempts, ({ replyId, part }) => `${replyId}/${part}`)) {
    const last = all.at(-1)
    if (last === undefined) continue
    const [send] = sends.get(last.content) ?? []
    const call = calls.get(last.content)?.at(-1)
    const wasSlow = (call?.took ?? 0) > CALL_TIMEOUT - 200
    const isGiven = !last.isOrphan && !wasSlow && send?.answer === 'given'
    const isEchoed = send !== undefined && simulator.ledger.echoOf(send.mid) === 'delivered'
    const { lookedForAt = Number.POSITIVE_INFINITY } = last
    const look = looks.get(last.customerId)?.find(({ at }) => at >= lookedForAt)
    const isShown = send !== undefined && look?.mids.has(send.mid) === true
    const isAnswered = isGiven && !last.isDisturbed
    const isSilent = !isAnswered && !isEchoed && !isShown
    if (isSilent) silent++
    if (isSilent !== last.isUnconfirmed && !(isGiven && last.isDisturbed)) {
      const { isOrphan, isDisturbed } = last
      const facts = { isOrphan, isDisturbed, isAnswered, isEchoed, isShown, lookedForAt, answer: send?.answer }
      violations.push(
        `${part}: ${last.isUnconfirmed ? 'unconfirmed' : 'not unconfirmed'} though ${JSON.stringify(facts)}`,
      )
    }
    // Silence needs a reason: without a message at the customer, a call that nobody answered, or a death.
    const status = call?.status ?? 0
    // Its host had so little of the machine that another one gave the attempt up, and made no call any more after that.
    const wasGivenUp = call === undefined && last.lasted > LONGEST_CALL * PACE
    const hasReason = last.isOrphan || last.isDisturbed || wasSlow || wasGivenUp || status >= 500
    if (send === undefined && last.isUnconfirmed && !hasReason)
      violations.push(`${part} is unconfirmed, and its call was answered with ${status}`)
    for (const earlier of all.slice(0, -1)) {
      if (!earlier.hasFailed) violations.push(`${earlier.name} was repeated without proof that nothing was delivered`)
    }
  }
  return silent
}

/** Each call was made for one attempt by the host that had written it down, and none by a host that had slept beyond its turn. */
const checkCalls = (
  { stage }: Evidence,
  attempts: readonly LoggedAttempt[],
  violations: string[],
): Readonly<Record<string, number>> => {
  const byContent = groupBy(attempts, ({ content }) => content)
  const called = new Map<LoggedAttempt, number>()
  for (const { content, life, at, leftAt } of stage.observer.calls) {
    const attempt = byContent.get(content)?.findLast((each) => each.host?.life === life && each.at <= at)
    if (attempt === undefined) {
      violations.push(`life ${life} called without an attempt: ${content.slice(0, 60)}`)
      continue
    }
    called.set(attempt, (called.get(attempt) ?? 0) + 1)
    const knew = knownAt(attempt)
    const slept = attempt.host?.pauses.find(
      ({ from, to = from }) => to.real - from.real > stage.goneAfter && knew <= from.real && leftAt > to.real,
    )
    if (slept !== undefined) violations.push(`${attempt.name} was called after its host had slept beyond its turn`)
  }
  for (const [{ name }, times] of called) if (times > 1) violations.push(`${name} was called ${times} times`)
  for (const { name, host } of attempts) if (host === undefined) violations.push(`${name} was begun by nobody known`)
  const slept = attempts.filter((attempt) =>
    attempt.host?.pauses.some(({ from }) => from.real >= knownAt(attempt) && from.real - knownAt(attempt) < 200),
  )
  return {
    calls: stage.observer.calls.length,
    'attempts begun shortly before a pause': slept.length,
    'of those never called': slept.filter((attempt) => !called.has(attempt)).length,
  }
}

/** Real time at which its host knew that it was written down: from then on it might call. */
const knownAt = ({ host, name }: LoggedAttempt): number => host?.attempted.get(name) ?? Number.POSITIVE_INFINITY

/** Of the replies that were not under way when something was done to their host or server, so many are sent at least. */
const LEAST_SENT = 0.99

const checkUndisturbed = (
  replies: readonly LoggedReply[],
  attempts: readonly LoggedAttempt[],
  statusOf: (replyId: string) => string | undefined,
  violations: string[],
): Readonly<Record<string, number>> => {
  const disturbed = new Set(
    attempts.filter(({ isOrphan, isDisturbed }) => isOrphan || isDisturbed).map(({ replyId }) => replyId),
  )
  const undisturbed = replies.filter(({ replyId }) => !disturbed.has(replyId))
  const sent = undisturbed.filter(({ replyId }) => statusOf(replyId) === 'sent').length
  if (sent < undisturbed.length * LEAST_SENT)
    violations.push(`only ${sent} of ${undisturbed.length} replies are sent to which nothing happened`)
  return { 'replies not in flight at any of it': undisturbed.length, 'of those sent': sent }
}

/** What reached a customer came in the order in which the agents' replies were recorded, part after part. */
const checkOrder = (replies: readonly LoggedReply[], sent: readonly string[], violations: string[]): void => {
  const place = new Map(sent.map((content, index) => [content, index]))
  for (const [conversationId, inOrder] of groupBy(replies, (reply) => reply.conversationId)) {
    const places = inOrder.flatMap(({ parts }) => parts).flatMap((content) => place.get(content) ?? [])
    if (places.some((at, index) => index > 0 && at < (places[index - 1] ?? 0)))
      violations.push(`replies in ${conversationId} arrived out of order`)
  }
}
