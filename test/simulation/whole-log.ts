import type { RecordedEvent } from 'madoguchi'
import type { World } from './world.ts'

export const wholeLog = async ({ store }: World): Promise<readonly RecordedEvent[]> => {
  const log: RecordedEvent[] = []
  for (;;) {
    const after = log.at(-1)?.position
    const page = await store.events.readAll({ limit: 1_000, ...(after === undefined ? {} : { after }) })
    log.push(...page.events)
    if (page.atEnd) return log
  }
}
