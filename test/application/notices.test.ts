import { expect, it } from 'vitest'
import { Notices } from '../../src/application/notices.ts'
import { recording } from './desk.ts'

const LOST = { message: 'a thing was lost', means: 'a hole', remedy: 'mend it' }
const FOUND = { message: 'a thing was found', means: 'luck', remedy: 'none' }

const notices = () => {
  const { lines, log } = recording()
  const timers = new Set<() => void>()
  const schedule = (_: number, callback: () => void) => {
    timers.add(callback)
    return () => void timers.delete(callback)
  }
  const minutePasses = () => {
    for (const callback of timers) callback()
  }
  return { lines, minutePasses, timers, it: new Notices(log, { schedule }) }
}

it('ten lines a minute of each kind, and then their number', () => {
  const { lines, minutePasses, it: told } = notices()
  for (let n = 0; n < 1_000; n++) told.warn(LOST, { accountId: `${n}` })
  told.warn(FOUND)
  expect(lines).toHaveLength(11)
  expect(lines[9]).toEqual({ message: 'a thing was lost', accountId: '9', means: 'a hole', remedy: 'mend it' })
  expect(told.isFull(LOST)).toBe(true)
  expect(told.isFull(FOUND)).toBe(false)
  minutePasses()
  expect(lines.slice(11)).toEqual([{ message: 'a thing was lost', more: 990, within: 'a minute' }])
  told.warn(LOST, { accountId: '1000' })
  expect(lines[12]).toMatchObject({ message: 'a thing was lost', accountId: '1000' })
})

it('what was left out is told when it stops, and no timer stays', () => {
  const { lines, timers, it: told } = notices()
  for (let n = 0; n < 12; n++) told.warn(LOST)
  told.stop()
  expect(lines.at(-1)).toMatchObject({ more: 2 })
  expect(timers.size).toBe(0)
})
