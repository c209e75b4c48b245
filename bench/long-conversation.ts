import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Desk, NewEvent, Store } from 'madoguchi'
import { conversationDecider, type ConversationEvent, currentVersion } from 'madoguchi/domain'
import { sqlite } from 'madoguchi/sqlite'
import { AKI, benchDesk, createChannel, ORGANIZATION } from './bench-desk.ts'
import { type Figure, interleaved, median } from './measure.ts'
import { channelFacts } from './mixed-log.ts'
import { place } from './place.ts'
import { Random } from './random.ts'
import { customerText } from './texts.ts'
import { customerOf } from './webhook-requests.ts'

const SHORT = 20
const LONG = 20_000
/** Commands of one warm round. */
const COMMANDS = 50
/** Processes of one cold round. */
const PROCESSES = 3
/** Events of one append. */
const CHUNK = 500

interface Files {
  readonly path: string
  readonly short: string
  readonly long: string
  /** A third one, to warm a process up with. */
  readonly other: string
}

/** Writes a conversation of so many messages, one every minute. */
const writeConversation = async (
  { events: log }: Store,
  channelId: string,
  customer: number,
  messages: number,
): Promise<string> => {
  const conversationId = randomUUID()
  const customerId = customerOf(customer)
  const random = new Random(customer)
  const start = Date.now() - messages * 60_000 - 60_000
  const channel = channelFacts(channelId, start)
  let state = conversationDecider.initialState()
  let revision = -1
  let pending: { readonly event: ConversationEvent; readonly at: number }[] = []
  const flush = async (): Promise<void> => {
    const events = pending.map(({ event, at }) => ({
      id: randomUUID(),
      type: event.type,
      version: currentVersion(event.type),
      data: event.data,
      ...('personal' in event && event.personal !== undefined ? { personal: event.personal } : {}),
      meta: { organizationId: ORGANIZATION, channelId, conversationId, customerId },
      recordedAt: at,
    })) as readonly unknown[] as readonly NewEvent[]
    await log.append(`conversation-${conversationId}`, revision < 0 ? 'none' : revision, events)
    revision += events.length
    pending = []
  }
  for (let n = 0; n < messages; n++) {
    const at = start + n * 60_000
    const messageId = randomUUID()
    const content = { kind: 'text', text: customerText(random), attachments: [] } as const
    const events = conversationDecider.decide(
      {
        type: 'ReceiveMessage',
        data: { conversationId, customerId, channel, at, metaAt: at, messageId, mid: messageId.repeat(3), content },
      },
      state,
    )
    state = events.reduce((folded, event) => conversationDecider.evolve(folded, event), state)
    for (const event of events) pending.push({ event, at })
    if (pending.length >= CHUNK) await flush()
  }
  if (pending.length > 0) await flush()
  return conversationId
}

/** The command that is measured: a note of an agent, which is decided, appended and durable. */
export const note = async (desk: Desk, conversationId: string): Promise<number> => {
  const began = performance.now()
  await desk.conversations.addNote(AKI, { conversationId, text: 'asked for the size, waits for stock' })
  return performance.now() - began
}

const files = async (): Promise<Files> => {
  const path = join(place(), 'desk.db')
  const store = sqlite({ path })
  const desk = benchDesk(store)
  const channelId = await createChannel(desk)
  const short = await writeConversation(store, channelId, 1, SHORT)
  const long = await writeConversation(store, channelId, 2, LONG)
  const other = await writeConversation(store, channelId, 3, SHORT)
  // Until both have a snapshot, as any conversation has that was ever written to through a desk.
  for (let n = 0; n < 60; n++) for (const conversationId of [short, long]) await note(desk, conversationId)
  await desk.stop()
  return { path, short, long, other }
}

const AIM = '1.5 at most'

/** A command on a conversation of 20,000 messages against one of 20, both in memory. */
export const longConversationWarm = async (rounds: number): Promise<Figure> => {
  const { path, short, long } = await files()
  const desk = benchDesk(sqlite({ path }))
  const commands = async (conversationId: string): Promise<number> => {
    const taken: number[] = []
    for (let n = 0; n < COMMANDS; n++) taken.push(await note(desk, conversationId))
    return median(taken)
  }
  const figure = await interleaved(
    { name: 'long-warm', unit: 'ms', aim: AIM },
    rounds,
    () => commands(long),
    () => commands(short),
  )
  await desk.stop()
  return figure
}

/**
 * The same in processes that were just started, where the conversation comes from its snapshot and what was written since. Each
 * has warmed up on another conversation: the first command of a process takes ten times as long, whatever it is about.
 */
export const longConversationCold = async (rounds: number): Promise<Figure> => {
  const { path, short, long, other } = await files()
  const inNewProcess = async (conversationId: string): Promise<number> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      join(import.meta.dirname, 'cold-command.ts'),
      path,
      conversationId,
      other,
    ])
    return Number(stdout)
  }
  const inNewProcesses = async (conversationId: string): Promise<number> => {
    const taken: number[] = []
    for (let n = 0; n < PROCESSES; n++) taken.push(await inNewProcess(conversationId))
    return median(taken)
  }
  return interleaved(
    { name: 'long-cold', unit: 'ms', aim: AIM },
    rounds,
    () => inNewProcesses(long),
    () => inNewProcesses(short),
    1,
  )
}
