import { eventstoredb } from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { type WriterTask, writeAlone } from '../../../src/testing/contracts/index.ts'
import { type Flavour, makeClient } from './flavour.ts'

const [flavour, connectionString, prefix, task] = process.argv.slice(2)
const client = makeClient(flavour as Flavour, connectionString ?? '')
const store = eventstoredb({ client, state: memory(), prefix: prefix ?? '' })
await writeAlone(store.events, JSON.parse(task ?? '') as WriterTask)
await store.close()
await client.dispose()
process.exit()
