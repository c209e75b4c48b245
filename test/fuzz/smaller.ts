import type { FuzzedBody } from './bodies.ts'
import { FuzzDesk } from './fuzz-desk.ts'
import { groundOf } from './ground.ts'

const PATIENCE = 400

/** What a desk that gets nothing but these bytes violates; undefined: nothing. */
const violatedBy = async (body: FuzzedBody): Promise<string | undefined> => {
  const ground = await groundOf('memory')
  const { store, remove } = await ground.open()
  const desk = await FuzzDesk.open(store)
  await desk.post(body)
  if (desk.violations.length === 0) {
    await desk.checkBalance()
    await desk.checkGood()
  }
  await desk.stop()
  await remove()
  return desk.violations[0]?.what
}

/** The smallest body found that a fresh desk violates the same with; undefined if this one by itself does no harm. */
export const smaller = async (body: FuzzedBody): Promise<FuzzedBody | undefined> => {
  const what = await violatedBy(body)
  if (what === undefined) return undefined
  let best = body
  let tries = 0
  const isAsBad = async (text: string): Promise<boolean> => {
    if (++tries > PATIENCE || text.length >= best.bytes.length) return false
    const candidate = { ...best, bytes: Buffer.from(text, 'utf8') }
    // Its good event may be taken away only if that is not what is missing.
    if (best.good !== undefined && !text.includes(best.good.mid)) return false
    if ((await violatedBy(candidate)) !== what) return false
    best = candidate
    return true
  }
  for (let found = true; found && tries < PATIENCE;) {
    found = false
    for (const candidate of candidates(best.bytes.toString('utf8')))
      if (await isAsBad(candidate)) {
        found = true
        break
      }
  }
  return best
}

/** Each with something less: without members and items, and with shorter texts. */
const candidates = function* (text: string): Generator<string> {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    for (let part = Math.ceil(text.length / 2); part >= 1; part = Math.floor(part / 2))
      for (let at = 0; at < text.length; at += part) yield text.slice(0, at) + text.slice(at + part)
    return
  }
  const change = function* (value: unknown, put: (value: unknown) => string): Generator<string> {
    if (typeof value === 'string' && value.length > 8) {
      yield put(value.slice(0, value.length / 2))
      yield put(value.slice(value.length / 2))
    }
    if (Array.isArray(value)) {
      const list: readonly unknown[] = value
      for (let part = Math.ceil(list.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2))
        for (let at = 0; at < list.length; at += part) yield put([...list.slice(0, at), ...list.slice(at + part)])
      for (const [at, item] of list.slice(0, 200).entries())
        yield* change(item, (changed) => put(list.with(at, changed)))
    } else if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value)
      for (const [name] of members) yield put(Object.fromEntries(members.filter(([other]) => other !== name)))
      for (const [name, member] of members) yield* change(member, (changed) => put({ ...value, [name]: changed }))
    }
  }
  yield* change(root, (value) => JSON.stringify(value))
}
