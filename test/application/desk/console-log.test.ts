import { expect, it, vi } from 'vitest'
import { systemRuntime } from 'madoguchi'
import { consoleLog } from '../../../src/application/desk/console-log.ts'

it('a line of the console says when, and where a store is', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  consoleLog(systemRuntime).error('it failed', { problem: 'StoreUnavailable', at: '127.0.0.1:5432' })
  const line = JSON.parse(said.mock.calls[0]?.[0] as string) as Record<string, unknown>
  said.mockRestore()
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    level: 'error',
    message: 'it failed',
    problem: 'StoreUnavailable',
    at: '127.0.0.1:5432',
  })
})
