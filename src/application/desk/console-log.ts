import type { Log } from '../ports/log.ts'
import type { Runtime } from '../ports/runtime.ts'

/** Warnings and errors as lines of JSON. */
export const consoleLog = (runtime: Pick<Runtime, 'wallTime'>): Log => {
  const line = (level: 'warn' | 'error', message: string, facts: object = {}): void =>
    console[level](JSON.stringify({ time: new Date(runtime.wallTime()).toISOString(), level, message, ...facts }))
  return {
    info: () => {},
    warn: (message, facts) => line('warn', message, facts),
    error: (message, facts) => line('error', message, facts),
  }
}
