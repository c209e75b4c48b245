import type { Log } from '../ports/log.ts'

const line = (level: 'warn' | 'error', message: string, facts: object = {}): void =>
  console[level](JSON.stringify({ time: new Date().toISOString(), level, message, ...facts }))

/** Warnings and errors as lines of JSON. */
export const consoleLog: Log = {
  info: () => {},
  warn: (message, facts) => line('warn', message, facts),
  error: (message, facts) => line('error', message, facts),
}
