/**
 * Prints how many milliseconds a command takes on a conversation that this process has not read yet. Arguments: the file, the
 * conversation, and another one to warm up with.
 */
import { sqlite } from 'madoguchi/sqlite'
import { benchDesk } from './bench-desk.ts'
import { note } from './long-conversation.ts'

const [path = '', conversationId = '', other = ''] = process.argv.slice(2)
const desk = benchDesk(sqlite({ path }))
for (let n = 0; n < 30; n++) await note(desk, other)
console.log(await note(desk, conversationId))
await desk.stop()
