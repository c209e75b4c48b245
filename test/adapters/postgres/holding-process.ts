/** Takes the lock of a log in a transaction, says so, and stands still as a process does that was stopped. */
import { writeSync } from 'node:fs'
import { openConnections } from '../../../src/adapters/postgres/database.ts'
import { lock } from '../../../src/adapters/postgres/schema/lock.ts'

const [connectionString = '', schema = '', deadline = ''] = process.argv.slice(2)
const options = { most: 1, deadline: Number(deadline), prepare: false }
await openConnections({ connectionString }, options).transaction(async (session) => {
  await session.query(`select ${lock('log', schema)}`)
  writeSync(1, 'held')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
