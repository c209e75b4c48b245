import { startHost } from './host/host.ts'
import { BadSetting, readSettings } from './host/settings.ts'

const fail = (error: unknown): never => {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof BadSetting) console.error(error.message)
  else if (code === 'EADDRINUSE') console.error('PORT: somebody else listens there; set PORT to another one, or to 0')
  else console.error(error)
  process.exit(1)
}

const start = async (): Promise<void> => {
  const settings = readSettings(process.env)
  const host = await startHost(settings)
  console.log(`Page:         ${host.origin}/`)
  console.log(`HTTP calls:   ${host.origin}/api`)
  console.log(`Webhook:      ${host.webhook}`)
  console.log(`App secret:   ${settings.appSecret}`)
  console.log(`Verify token: ${settings.verifyToken}`)
  for (const { accountId, username } of host.accounts) console.log(`Account:      ${accountId} (${username})`)
  console.log(`Data:         ${settings.dataDir}`)

  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second Ctrl+C does not wait.
      if (stopping) process.exit(1)
      stopping = true
      host.stop().then(() => process.exit(0), fail)
    })
  }
}

start().catch(fail)
