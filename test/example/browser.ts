import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver } from 'playwright-core'

/** What a machine without a network needs: no look-ups of the browser's own. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser, or why it cannot be started on this machine. */
export const startBrowser = async (): Promise<Browser | string> => {
  try {
    return await driver.launch({ executablePath: await chromium.executablePath(), headless: true, args: QUIET })
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split('\n')[0] ?? 'unknown'
  }
}
