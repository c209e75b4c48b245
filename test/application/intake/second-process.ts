import { createDesk } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { signature256 } from 'madoguchi/simulator'
import { sqlite } from 'madoguchi/sqlite'

// A desk of its own in a process of its own, on the file named first: posts the bodies that it is sent, and tells the status.

const [path = '', secret = ''] = process.argv.slice(2)
const desk = createDesk({
  store: sqlite(path),
  meta: meta({ appSecrets: [secret], verifyToken: 'verify' }),
  delivery: { enabled: false },
})
await desk.start()
process.on('message', (message: 'stop' | { readonly body: string; readonly n: number }) => {
  void (async () => {
    if (message === 'stop') {
      await desk.stop()
      process.disconnect()
      return
    }
    const request = new Request('http://desk.test/', {
      method: 'POST',
      body: message.body,
      headers: { 'x-hub-signature-256': signature256(message.body, secret) },
    })
    process.send?.({ n: message.n, status: (await desk.handle(request)).status })
  })()
})
process.send?.('ready')
