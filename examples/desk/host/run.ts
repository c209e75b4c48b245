import type { Host } from './host.ts'
import { BadSetting, type Settings } from './settings.ts'
import { NoStore } from './store-answers.ts'

const fail = (error: unknown): never => {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof BadSetting || error instanceof NoStore) console.error(error.message)
  else if (code === 'EADDRINUSE') console.error('PORT: somebody else listens there; set PORT to another one, or to 0')
  else console.error(error)
  process.exit(1)
}

const announce = (host: Host, settings: Settings): void => {
  console.log(`Page:         ${host.origin}/`)
  console.log(`HTTP calls:   ${host.origin}/api`)
  console.log(`Webhook:      ${host.webhook}`)
  console.log(`App secret:   ${settings.appSecret}`)
  console.log(`Verify token: ${settings.verifyToken}`)
  for (const { accountId, username } of host.accounts) console.log(`Account:      ${accountId} (${username})`)
  for (const line of host.about ?? []) console.log(line)
  console.log(`Data:         ${settings.dataDir}`)
  host.announced?.()
}

/** Starts a host, prints what one needs to know, and stops it in order on Ctrl+C and SIGTERM. */
export const run = (readSettings: () => Settings, startHost: (settings: Settings) => Promise<Host>): void => {
  let host: Host | undefined
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second Ctrl+C does not wait, and a host that has not begun has nothing to end in order.
      if (stopping || host === undefined) process.exit(1)
      stopping = true
      host.stop().then(() => process.exit(0), fail)
    })
  }
  const start = async (): Promise<void> => {
    const settings = readSettings()
    host = await startHost(settings)
    announce(host, settings)
  }
  start().catch(fail)
}
