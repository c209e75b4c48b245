import { expect, it } from 'vitest'
import { LastingTrouble } from '../../src/application/lasting-trouble.ts'
import { recording } from './desk.ts'

const MINUTE = 60_000
const REFUSED = { problem: 'StoreUnavailable', code: 'ECONNREFUSED', at: '127.0.0.1:5432' }

const FAILED = { message: 'sweeping failed and is tried again until it works', ...REFUSED }

const trouble = (lasts?: number) => {
  const { lines, log } = recording()
  let time = 5
  const passes = (milliseconds: number) => (time += milliseconds)
  return { lines, passes, it: new LastingTrouble('sweeping', log, { monotonic: () => time }, lasts) }
}

it('what works says nothing', () => {
  const { lines, it: sweeping } = trouble()
  sweeping.isOver()
  expect(lines).toEqual([])
})

it('a trouble is told when it begins, once a minute while it lasts, and when it is over', () => {
  const { lines, passes, it: sweeping } = trouble()
  for (let second = 0; second < 90; second++) {
    sweeping.goesOn(REFUSED)
    passes(1_000)
  }
  expect(lines).toEqual([FAILED, FAILED])
  sweeping.isOver()
  sweeping.isOver()
  expect(lines.slice(2)).toEqual([{ message: 'sweeping works again', seconds: 90 }])
  sweeping.goesOn(REFUSED)
  expect(lines.slice(3)).toEqual([FAILED])
})

it('another trouble is told at once, and two that take turns once each', () => {
  const { lines, passes, it: sweeping } = trouble()
  sweeping.goesOn(REFUSED)
  passes(MINUTE / 2)
  for (let turn = 0; turn < 5; turn++)
    for (const code of ['57P03', 'ECONNREFUSED']) sweeping.goesOn({ ...REFUSED, code })
  expect(lines).toEqual([FAILED, { ...FAILED, code: '57P03' }])
})

it('of what is tried many times side by side, a success among failures ends nothing: one after a while without any does', () => {
  const { lines, passes, it: sweeping } = trouble(10_000)
  for (let second = 0; second < 50; second++) {
    sweeping.goesOn(REFUSED)
    passes(500)
    sweeping.isOver()
    passes(500)
  }
  expect(lines).toEqual([FAILED])
  passes(8_900)
  sweeping.isOver()
  expect(lines).toHaveLength(1)
  passes(500)
  sweeping.isOver()
  expect(lines.slice(1)).toEqual([{ message: 'sweeping works again', seconds: 60 }])
})
