import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDesk, type Store } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { type FetchHandler, nodeListener } from 'madoguchi/node'
import { calls } from '../calls/index.ts'
import { ownAccounts } from './accounts.ts'
import { hostClock } from './clock.ts'
import type { HostContext } from './context.ts'
import { keptDepartments } from './departments.ts'
import { firstStart } from './first-start.ts'
import { front } from './front.ts'
import { guard } from './guard.ts'
import { newsDesk, type News } from './live.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { playPlatform } from './platform.ts'
import { answerProblem, HttpProblem } from './problem.ts'
import { router } from './router.ts'
import type { Settings } from './settings.ts'
import { storeAnswers } from './store-answers.ts'
import { webhookWithNews } from './webhook-news.ts'

/** A host that runs. */
export interface Host {
  readonly origin: string
  readonly webhook: string
  readonly accounts: readonly { readonly accountId: string; readonly username: string }[]
  /** Further lines to print at the start. */
  readonly about?: readonly string[]
  /** Called when all of it was printed. */
  readonly announced?: () => void
  stop(): Promise<void>
}

/** Where Meta's webhook is mounted. */
export const WEBHOOK = '/instagram/webhook'
const PLATFORM = '/meta'

/** Who answers which path: the desk's webhook, the platform, the HTTP interface, or a file of the page. */
const answers = (context: HostContext, port: () => number, acted: (news: News) => void): FetchHandler => {
  const api = router(calls, context, ({ method, path }) =>
    acted({ event: 'acted', data: { call: `${method} ${path}` } }),
  )
  return front(
    guard(port, [WEBHOOK, `${PLATFORM}/`]),
    [
      { fits: (pathname) => pathname === WEBHOOK, handler: webhookWithNews(context.desk, acted) },
      { fits: (pathname) => pathname.startsWith(`${PLATFORM}/`), handler: context.platform.handle },
    ],
    api,
    () => context.clock.now(),
  )
}

/** Where the Graph API is, for the Meta adapter. */
export const graphAt = (origin: string): { readonly facebook: string; readonly instagram: string } => ({
  facebook: `${origin}${PLATFORM}/graph.facebook.com`,
  instagram: `${origin}${PLATFORM}/graph.instagram.com`,
})

/** Starts desk and platform on one port, speaking with each other over real HTTP. */
export const startHost = async (
  { port, dataDir, appSecret, verifyToken }: Settings,
  openStore: (dataDir: string) => Store,
): Promise<Host> => {
  const { tell, onNews } = newsDesk()
  const letGo = oneAtATime(dataDir)
  const store = openStore(dataDir)
  await storeAnswers(store)
  const clock = hostClock(join(dataDir, 'clock.json'))
  let handler: FetchHandler = async () => answerProblem(new HttpProblem(503, 'starting'), 'any', () => clock.now())
  const server = createServer(nodeListener((request) => handler(request)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      letGo()
      reject(error)
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${own}`

  const platform = playPlatform({ dataDir, clock, appSecret, verifyToken })
  const desk = createDesk({
    store,
    meta: meta({ appSecrets: [appSecret], verifyToken, hosts: graphAt(origin) }),
    clock,
    // One process has the folder to itself: what one that was killed did need not wait for long.
    processes: { goneAfter: 2_000 },
  })
  const context: HostContext = {
    desk,
    platform,
    clock,
    accounts: ownAccounts(platform),
    departments: keptDepartments(dataDir),
    origin,
    onNews,
  }
  clock.onMove(() => tell({ event: 'clock', data: clock.state() }))
  platform.simulator.watch(() => tell({ event: 'phone', data: {} }))

  await desk.start()
  handler = answers(context, () => own, tell)
  await firstStart(context)
  platform.simulator.setWebhook(`${origin}${WEBHOOK}`)

  const stop = async (): Promise<void> => {
    await platform.simulator.close()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    await desk.stop()
    letGo()
  }
  return {
    origin,
    webhook: `${origin}${WEBHOOK}`,
    accounts: platform.simulator.accounts().map(({ accountId, username }) => ({ accountId, username })),
    stop,
  }
}
