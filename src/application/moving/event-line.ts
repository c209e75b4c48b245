import type { RecordedEvent } from '../ports/event-store.ts'
import type { Json, JsonObject } from '../ports/json.ts'

const member = ([name, value]: [string, Json | undefined]): string =>
  `${JSON.stringify(name)}:${canonical(value ?? null)}`

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1)

/** JSON text with the members of every object in the order of their names, however an engine keeps them. */
const canonical = (value: Json): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value as JsonObject).filter(([, each]) => each !== undefined)
  return `{${members.toSorted(byName).map(member).join(',')}}`
}

/** Everything that an event is but for its position: one line of text, the same for the same event of every engine. */
export const eventLine = (event: RecordedEvent): string => {
  const { stream, revision, id, type, version, recordedAt, data, personal, meta } = event
  return canonical([
    [stream, revision, id, type, version, recordedAt],
    data,
    meta,
    // Absent and empty are not the same.
    ...(personal === undefined ? [] : [personal]),
  ])
}
