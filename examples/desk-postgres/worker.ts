/** One of the processes behind the port: the desk on PostgreSQL, and the page. */
import { createServer } from 'node:http'
import { createDesk } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { nodeListener } from 'madoguchi/node'
import { postgres } from 'madoguchi/postgres'
import { deskCalls } from '../desk/calls/index.ts'
import { followingClock } from '../desk/host/clock.ts'
import type { DeskContext } from '../desk/host/context.ts'
import { firstStart } from '../desk/host/first-start.ts'
import { front } from '../desk/host/front.ts'
import { guard } from '../desk/host/guard.ts'
import { graphAt, WEBHOOK } from '../desk/host/host.ts'
import { type News, newsDesk } from '../desk/host/live.ts'
import { router } from '../desk/host/router.ts'
import { NoStore, storeAnswers } from '../desk/host/store-answers.ts'
import { webhookWithNews } from '../desk/host/webhook-news.ts'
import { farPlatform } from './far-platform.ts'
import type { Begin, FromWorker, ToWorker } from './messages.ts'

const SYSTEM = { kind: 'system' } as const
/** Milliseconds after which a process that is gone is replaced in its share. */
const GONE_AFTER = 3_000
const LOOK_AT_SHARE_EVERY = 250

const send = (message: FromWorker): void => void process.send?.(message)

let told: (message: ToWorker) => void = () => undefined

const begin = async (given: Begin): Promise<void> => {
  const clock = followingClock(given.clock)
  const { tell, onNews } = newsDesk()
  const { accounts, departments, isFar, forward } = farPlatform(given.platform)
  const store = postgres(given.databaseUrl)
  const desk = createDesk({
    store,
    meta: meta({ appSecrets: [given.appSecret], verifyToken: given.verifyToken, hosts: graphAt(given.platform) }),
    clock,
    processes: { goneAfter: GONE_AFTER },
  })
  const origin = `http://127.0.0.1:${given.port}`
  const context: DeskContext = { desk, accounts, departments, clock, origin, onNews }
  const tellAll = (news: News): void => {
    tell(news)
    send({ kind: 'news', news })
  }
  const api = router(deskCalls, context, ({ method, path }) =>
    tellAll({ event: 'acted', data: { call: `${method} ${path}` } }),
  )
  const listener = nodeListener(
    front(
      guard(() => given.port, [WEBHOOK]),
      [
        { fits: (pathname) => pathname === WEBHOOK, handler: webhookWithNews(desk, tellAll) },
        { fits: isFar, handler: forward },
      ],
      api,
      () => clock.now(),
    ),
  )
  const server = createServer((incoming, outgoing) => {
    outgoing.setHeader('x-desk-process', given.number)
    listener(incoming, outgoing)
  })

  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    server.close()
    server.closeAllConnections()
    await desk.stop()
    process.exit(0)
  }
  told = (message) => {
    if (message.kind === 'news') tell(message.news)
    if (message.kind === 'clock') {
      clock.follow(message.setting)
      tell({ event: 'clock', data: clock.state() })
      send({ kind: 'clock-set', change: message.change })
    }
    if (message.kind === 'stop') void stop()
  }
  process.on('SIGTERM', () => void stop())

  await storeAnswers(store)
  await desk.start()
  if (given.first) await firstStart(context)
  let last = ''
  setInterval(() => {
    if (stopping) return
    const share = desk.operations.share(SYSTEM)
    if (JSON.stringify(share) !== last) send({ kind: 'share', share })
    last = JSON.stringify(share)
  }, LOOK_AT_SHARE_EVERY)
  server.listen(given.port, '127.0.0.1', () => send({ kind: 'ready' }))
}

// Ctrl+C reaches every process of the terminal; the parent says when it is this one's turn.
process.on('SIGINT', () => undefined)
process.on('message', (message: ToWorker) => {
  if (message.kind !== 'begin') return told(message)
  begin(message).catch((error: unknown) => {
    if (error instanceof NoStore) send({ kind: 'no-store', reason: error.message })
    else console.error(error)
    // Gives the message time to leave.
    setImmediate(() => process.exit(1))
  })
})
send({ kind: 'hello' })
