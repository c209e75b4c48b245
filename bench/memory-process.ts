/**
 * Lets a desk work on a file (its path and the number of its conversations are the arguments) and prints the greatest resident
 * size in MB that it had, looked at after each piece of work and after the garbage was collected.
 */
import { sqlite } from 'madoguchi/sqlite'
import { AKI, benchDesk } from './bench-desk.ts'
import { concurrently } from './concurrently.ts'
import { Random } from './random.ts'
import { bodyOf, signed } from './webhook-requests.ts'

const PIECES = 4
const MESSAGES = 500
const PAGES = 10

const [path = '', count = ''] = process.argv.slice(2)
const conversations = Number(count)
const store = sqlite({ path })
const desk = benchDesk(store)
const random = new Random(4)
await desk.start()

const work = async (): Promise<void> => {
  const requests = Array.from({ length: MESSAGES }, () =>
    signed(bodyOf([random.below(conversations)], Date.now(), random)),
  )
  await concurrently(requests, 32, (request) => desk.handle(request))
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const list = await desk.inbox.list(AKI, { limit: 50, ...(cursor === undefined ? {} : { cursor }) })
    cursor = list.cursor
    for (const { conversationId } of list.items.slice(0, 10)) {
      await desk.conversations.transcript(AKI, { conversationId })
      await desk.conversations.addNote(AKI, { conversationId, text: 'has been looked at' })
      await desk.conversations.reply(AKI, { conversationId, text: 'Thank you, we are looking into it.' })
    }
    if (cursor === undefined) break
  }
  await desk.inbox.search(AKI, { text: 'ka to' })
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(last?.position, 60_000)
}

let greatest = 0
for (let piece = 0; piece < PIECES; piece++) {
  await work()
  globalThis.gc?.()
  greatest = Math.max(greatest, process.memoryUsage.rss())
}
console.log(greatest / 1_000_000)
await desk.stop()
