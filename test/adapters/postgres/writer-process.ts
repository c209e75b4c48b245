import { postgres } from '../../../src/adapters/postgres/index.ts'
import { type WriterTask, writeAlone } from '../../../src/testing/contracts/index.ts'

const [connectionString = '', schema = '', task = ''] = process.argv.slice(2)
const store = postgres({ connectionString, schema })
await writeAlone(store.events, JSON.parse(task) as WriterTask)
await store.close()
