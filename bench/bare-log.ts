import { createHmac, timingSafeEqual } from 'node:crypto'
import { SECRET } from './bench-desk.ts'

export type Row = Readonly<Record<string, string | number | bigint | null | Uint8Array>>

/** What a desk wrote since the last look: rows of its `streams` and `events`, as they stand in its database. */
export interface WrittenRows {
  readonly streams: readonly Row[]
  readonly events: readonly Row[]
}

/** The same two tables with the same indexes in the bare engine, and nothing else. */
export interface BareLog {
  /** Writes rows as they are given, in one commit. */
  insert(rows: WrittenRows): Promise<void>
  close(): Promise<void>
}

/** Requests, or appends, that share a commit of the base. */
export const GROUP = 32

const share = <Item>(items: readonly Item[], at: number, of: number): readonly Item[] =>
  items.slice(Math.round((items.length * at) / of), Math.round((items.length * (at + 1)) / of))

/** Writes rows in as many commits. `before` and `after` do what else belongs to a commit. */
export const insertInGroups = async (
  bare: BareLog,
  { streams, events }: WrittenRows,
  groups: number,
  before?: (group: number) => Promise<unknown>,
): Promise<void> => {
  for (let group = 0; group < groups; group++) {
    await before?.(group)
    await bare.insert({ streams: share(streams, group, groups), events: share(events, group, groups) })
  }
}

/**
 * Reads the requests, checks their signatures, parses them, and writes the rows, everything in groups of 32: one commit for
 * each. The texts of the rows are given, nothing is encoded.
 */
export const takeBare = async (bare: BareLog, requests: readonly Request[], rows: WrittenRows): Promise<void> => {
  const membersOf = (group: number): readonly Request[] => requests.slice(group * GROUP, (group + 1) * GROUP)
  await insertInGroups(bare, rows, Math.ceil(requests.length / GROUP), async (group) => {
    await Promise.all(membersOf(group).map(checkedBody))
  })
  for (const _ of requests) void new Response('', { status: 200 })
}

const checkedBody = async (request: Request): Promise<unknown> => {
  const body = new Uint8Array(await request.arrayBuffer())
  const claimed = Buffer.from(request.headers.get('x-hub-signature-256')?.slice('sha256='.length) ?? '', 'hex')
  if (!timingSafeEqual(claimed, createHmac('sha256', SECRET).update(body).digest())) throw new Error('not signed')
  return JSON.parse(new TextDecoder().decode(body))
}
