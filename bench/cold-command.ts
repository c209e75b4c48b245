/** Prints how many milliseconds the first command of a process takes on a conversation; its file and id are the arguments. */
import { sqlite } from 'madoguchi/sqlite'
import { benchDesk } from './bench-desk.ts'
import { note } from './long-conversation.ts'

const [path = '', conversationId = ''] = process.argv.slice(2)
const desk = benchDesk(sqlite({ path }))
console.log(await note(desk, conversationId))
await desk.stop()
