import { afterAll } from 'vitest'
import { differential } from '../differential.ts'
import { aside, discardPlace, openPlace } from './places.ts'

const PLACE = 'differential'
const TABLES = ['streams', 'events', 'builds', 'indexes', 'documents', 'entries'].map((name) => `"${PLACE}".${name}`)

afterAll(() => discardPlace(PLACE))

differential(() => openPlace(PLACE), {
  runs: 40,
  // Faster than a new schema.
  discard: async () => void (await aside(`truncate ${TABLES.join(', ')} restart identity`)),
})
