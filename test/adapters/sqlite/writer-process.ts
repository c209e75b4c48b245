import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { type WriterTask, writeAlone } from '../../../src/testing/contracts/index.ts'

const [file, task] = process.argv.slice(2)
const store = sqlite(file ?? '')
await writeAlone(store.events, JSON.parse(task ?? '') as WriterTask)
await store.close()
