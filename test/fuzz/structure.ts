import type { Chance } from './chance.ts'
import { corpus, entriesOf, events } from './corpus.ts'
import { type Branch, branch, copy, isBranch, Raw, textOf, type Tree } from './tree.ts'

/** A place in a body: a member of an object or an item of a list. */
type Place =
  | { readonly kind: 'member'; readonly of: Branch; readonly name: string }
  | { readonly kind: 'item'; readonly of: Tree[]; readonly index: number }

const placesOf = (tree: Tree, places: Place[] = []): readonly Place[] => {
  if (Array.isArray(tree))
    tree.forEach((item, index) => {
      places.push({ kind: 'item', of: tree, index })
      placesOf(item, places)
    })
  else if (isBranch(tree))
    for (const name of Object.keys(tree)) {
      places.push({ kind: 'member', of: tree, name })
      placesOf(tree[name]!, places)
    }
  return places
}

const get = (place: Place): Tree => (place.kind === 'item' ? place.of[place.index]! : place.of[place.name]!)
const put = (place: Place, value: Tree): void => {
  if (place.kind === 'item') place.of[place.index] = value
  else place.of[place.name] = value
}
const take = (place: Place): void => {
  if (place.kind === 'item') place.of.splice(place.index, 1)
  else delete place.of[place.name]
}

const somewhere = (chance: Chance, body: Tree): Place | undefined => {
  const places = placesOf(body)
  return places.length === 0 ? undefined : chance.pick(places)
}

/** Changes the value at some place. */
const at =
  (change: (chance: Chance, value: Tree, place: Place) => Tree | undefined) =>
  (chance: Chance, body: Tree): void => {
    const place = somewhere(chance, body)
    if (place === undefined) return
    const changed = change(chance, get(place), place)
    if (changed !== undefined) put(place, changed)
  }

/** Changes the value of a member of one of these names. */
const atMember =
  (names: ReadonlySet<string>, change: (chance: Chance, value: Tree) => Tree) =>
  (chance: Chance, body: Tree): void => {
    const places = placesOf(body).filter((place) => place.kind === 'member' && names.has(place.name))
    if (places.length === 0) return
    const place = chance.pick(places)
    put(place, change(chance, get(place)))
  }

/** Changes one list of events. */
const atList =
  (change: (chance: Chance, list: Tree[], entry: Branch) => void) =>
  (chance: Chance, body: Tree): void => {
    const entries = entriesOf(body)
    if (entries.length === 0) return
    const entry = chance.pick(entries)
    const lists = ['messaging', 'standby', 'changes'].map((name) => entry[name]).filter((list) => Array.isArray(list))
    if (lists.length > 0) change(chance, chance.pick(lists), entry)
  }

const ODD: readonly Tree[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  '',
  ' ',
  '0',
  '..',
  'true',
  'false',
  'null',
  new Raw('[]'),
  new Raw('{}'),
  new Raw('[[]]'),
  new Raw('{"id":{}}'),
  new Raw('{"__proto__":{"id":"1"},"constructor":1,"toJSON":"x","then":1}'),
]
const NUMBERS = [
  '1e308',
  '1e999',
  '-1e999',
  '-0',
  '1e-400',
  '9007199254740993',
  '17841499000000001',
  '123456789012345678901234567890',
  '8640000000000001',
  '-8640000000000001',
  '253402300799999',
  '1788858000',
  '1788858000000.5',
  '"1788858000"',
  '"1788858000000"',
  '"2026-09-08T09:00:00+0000"',
].map((text) => new Raw(text))
const TEXTS = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  'ok \ud83d',
  '\u2028\u2029',
  '\u2800',
  '\u200b',
  '\ufeff',
  '\u202e reversed',
  'e\u0301'.repeat(300),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(40),
  'ﷺ'.repeat(100),
  '<script>alert(1)</script>',
  "'; drop table events; --",
  '{"object":"instagram"}',
  '\\u0000',
  '../../etc/passwd',
  '%00%2e%2e%2f',
  '__proto__',
  'constructor',
  'hasOwnProperty',
]
const NAMES = [
  'id',
  'mid',
  'sender',
  'recipient',
  'timestamp',
  'time',
  'message',
  'messaging',
  'standby',
  'changes',
  'field',
  'value',
  'is_deleted',
  'is_echo',
  'is_self',
  'is_unsupported',
  'message_edit',
  'reaction',
  'read',
  'postback',
  'referral',
  'attachments',
  'payload',
  'quick_reply',
  'reply_to',
  'pass_thread_control',
  'app_roles',
  '__proto__',
  'constructor',
  'toString',
  'never_seen',
]
const FLAGS: ReadonlySet<string> = new Set(['is_deleted', 'is_echo', 'is_self', 'is_unsupported', 'is_self_reply'])
const IDS: ReadonlySet<string> = new Set(['id', 'mid', 'user_id', 'sticker_id', 'app_id', 'new_owner_app_id'])
const TIMES: ReadonlySet<string> = new Set(['timestamp', 'time'])

const longId = (chance: Chance): string => {
  const length = chance.pick([256, 511, 512, 513, 600, 3_000, 8_000])
  return chance.pick(['m', 'é', '窓', '\u{1f600}', '%', '\ud800']).repeat(length).slice(0, length)
}

const nested = (depth: number, open: string, inner: string, close: string): Raw =>
  new Raw(open.repeat(depth) + inner + close.repeat(depth))
const deep = (chance: Chance, value: Tree, depth: number): Tree =>
  chance.once(2) ? nested(depth, '[', textOf(value, false), ']') : nested(depth, '{"a":', textOf(value, false), '}')

const anEvent = (chance: Chance): Branch => copy(chance.pick(events).event) as Branch

type Mutator = (chance: Chance, body: Tree) => void

/** Small changes of the structure, of which a body gets several. */
const SMALL: readonly Mutator[] = [
  // Deleted, doubled, moved.
  (chance, body) => {
    const place = somewhere(chance, body)
    if (place !== undefined) take(place)
  },
  (chance, body) => {
    const place = somewhere(chance, body)
    if (place?.kind === 'item') place.of.splice(chance.below(place.of.length + 1), 0, copy(get(place)))
    else if (place !== undefined) place.of[chance.pick(NAMES)] = copy(get(place))
  },
  atList((_chance, list) => void list.splice(0, list.length, ...list.toReversed())),
  atList((chance, list) => void list.splice(chance.below(list.length + 1), 0, anEvent(chance))),
  atList((chance, list) => void list.splice(chance.below(list.length + 1), 0, anEvent(chance), anEvent(chance))),
  (chance, body) => {
    const entries = entriesOf(body)
    if (entries.length === 0) return
    const entry = chance.pick(entries)
    const [from, to] = [
      chance.pick(['messaging', 'standby', 'changes']),
      chance.pick(['messaging', 'standby', 'changes']),
    ]
    const list = entry[from]
    if (list === undefined || from === to) return
    entry[to] = list
    if (chance.once(2)) delete entry[from]
  },
  // Spliced: a part of another body in place of this one.
  at((chance) => {
    const places = placesOf(chance.pick(corpus))
    return places.length === 0 ? undefined : copy(get(chance.pick(places)))
  }),
  at((chance, value, place) => {
    const other = anEvent(chance)
    const name = place.kind === 'member' && Object.hasOwn(other, place.name) ? place.name : undefined
    return name === undefined ? value : other[name]!
  }),
  (chance, body) => {
    const place = somewhere(chance, body)
    const value = place === undefined ? undefined : get(place)
    if (isBranch(value)) Object.assign(value, anEvent(chance))
  },
  // Other names.
  (chance, body) => {
    const place = somewhere(chance, body)
    if (place?.kind !== 'member') return
    const value = get(place)
    take(place)
    place.of[chance.pick(NAMES)] = value
  },
  // Other types.
  at((chance) => {
    const odd = chance.pick(ODD)
    return odd
  }),
  at((_chance, value) => [value]),
  at((_chance, value) => branch({ id: value })),
  at((_chance, value) => (typeof value === 'object' ? textOf(value, false) : String(value))),
  atMember(FLAGS, (chance, value) => chance.pick(['true', 'false', 'TRUE', '1', 1, 0, null, textOf(value, false)])),
  (chance, body) => {
    const entry = entriesOf(body)[0]
    const list = entry?.['messaging']
    const event = Array.isArray(list) ? list.find(isBranch) : undefined
    const message = event?.['message']
    if (isBranch(message)) message[chance.pick([...FLAGS])] = chance.pick([true, 'true', 'false', 'yes', 1])
  },
  // Other values.
  at((chance, value) => (typeof value === 'number' || typeof value === 'string' ? chance.pick(NUMBERS) : undefined)),
  atMember(TIMES, (chance) => chance.pick(NUMBERS)),
  atMember(TIMES, (chance) => 1_788_858_000_000 + chance.below(2_000_000_000) - 1_000_000_000),
  at((chance, value) => (typeof value === 'string' ? chance.pick(TEXTS) : undefined)),
  at((chance, value) => (typeof value === 'string' ? value + chance.pick(TEXTS) : undefined)),
  atMember(IDS, (chance) => longId(chance)),
  atMember(IDS, (chance) =>
    chance.pick(['17841499000000001', '17841499000000002', '0', 'g1', 'g2', '900000000000001']),
  ),
  at((chance, value) => deep(chance, value, chance.pick([3, 10, 40, 100, 500]))),
]

/** Changes of the envelope: mostly nothing is left into which a known good event could be put. */
const ENVELOPE: readonly ((chance: Chance, body: Tree) => Tree)[] = [
  (_chance, body) => [body, copy(body)],
  (_chance, body) => [body, null, 1, 'x', []],
  (chance) => copy(chance.pick(ODD)),
  (chance, body) =>
    isBranch(body) ? branch({ ...body, object: chance.pick(['page', 'Instagram', 'user', '', null, 1]) }) : body,
  (_chance, body) => (isBranch(body) ? branch({ ...body, entry: branch({ 0: body['entry'] ?? null }) }) : body),
  (chance, body) => (isBranch(body) ? branch({ ...body, entry: copy(chance.pick(ODD)) }) : body),
  (_chance, body) => branch({ data: body }),
  (_chance, body) => textOf(body, false),
]

/** Much of something. Costs time, so few bodies get it. `size` is 0 to 1: how much of what is possible. */
const LARGE: readonly ((chance: Chance, body: Tree, size: number) => void)[] = [
  (_chance, body, size) =>
    atFirstList(
      body,
      new Raw(
        Array(Math.ceil(1_000_000 * size))
          .fill('null')
          .join(','),
      ),
    ),
  (_chance, body, size) =>
    atFirstList(
      body,
      new Raw(
        Array(Math.ceil(1_000_000 * size))
          .fill('{}')
          .join(','),
      ),
    ),
  (chance, body, size) => {
    const attachment = textOf(
      chance.pick<Tree>([
        branch({ type: 'image', payload: branch({ url: 'https://lookaside.fbsbx.com/ig/1.jpg' }) }),
        branch({ type: 'never_seen', payload: branch({}) }),
        null,
        'x',
      ]),
      false,
    )
    const many = new Raw(
      `[${Array(Math.ceil(60_000 * size))
        .fill(attachment)
        .join(',')}]`,
    )
    const mid = `many-${chance.bits()}`
    atFirstList(body, plainEvent(chance, branch({ mid, text: 'many', attachments: many })))
  },
  (chance, body, size) => {
    const customer = `c${chance.below(30)}`
    const of = chance.bits()
    const many = Array.from({ length: Math.ceil(20_000 * size) }, (_, index) =>
      textOf(plainEvent(chance, branch({ mid: `thread-${of}-${index}`, text: 'one of many' }), customer), false),
    )
    atFirstList(body, new Raw(many.join(',')))
  },
  (chance, body, size) => {
    if (!isBranch(body) || !Array.isArray(body['entry'])) return
    const of = chance.bits()
    const many = Array.from(
      { length: Math.ceil(30_000 * size) },
      (_, index) => `{"id":"${of}${index}","time":1,"messaging":[null]}`,
    )
    body['entry'].push(new Raw(many.join(',')))
  },
  (chance, body, size) => {
    const depth = Math.ceil(20_000 * size)
    const many = Array.from({ length: chance.pick([1, 10, 50]) }, () =>
      textOf(
        plainEvent(chance, branch({ mid: `deep-${chance.bits()}`, text: 'deep', extra: deep(chance, 1, depth) })),
        false,
      ),
    )
    atFirstList(body, new Raw(many.join(',')))
    if (chance.once(2)) atFirstList(body, branch({ padding: 'x'.repeat(Math.ceil(4_000_000 * size)) }))
  },
  (chance, body, size) => {
    const roles = branch({ '1110000000000002': 'r'.repeat(Math.ceil(1_400_000 * size)) })
    atFirstList(
      body,
      branch({
        recipient: branch({ id: '17841499000000001' }),
        timestamp: 1_788_858_000_000,
        app_roles: roles,
      }),
    )
    if (chance.once(2))
      atFirstList(
        body,
        plainEvent(chance, branch({ mid: `big-${chance.bits()}`, text: 'é'.repeat(Math.ceil(1_000_000 * size)) })),
      )
  },
  (chance, body, size) => {
    // Several messages taken back or corrected that never came, and some that did.
    const of = chance.bits()
    const many = Array.from({ length: Math.ceil(2_000 * size) }, (_, index) =>
      textOf(
        index % 3 === 0
          ? plainEvent(chance, branch({ mid: `gone-${of}-${index}`, is_deleted: chance.once(2) ? true : 'true' }))
          : index % 3 === 1
            ? branch({
                ...plainEvent(chance, branch({})),
                message_edit: branch({ mid: `gone-${of}-${index}`, text: 'new', num_edit: '1' }),
              })
            : plainEvent(chance, branch({ mid: `gone-${of}-${index - 2}`, text: 'late' })),
        false,
      ),
    )
    atFirstList(body, new Raw(many.join(',')))
  },
]

const plainEvent = (chance: Chance, message: Branch, customer: string = `c${chance.below(30)}`): Branch =>
  branch({
    sender: branch({ id: customer }),
    recipient: branch({ id: '17841499000000001' }),
    timestamp: 1_788_858_000_000 + chance.below(1_000_000),
    message,
  })

/** Puts an item (or, as {@link Raw}, several) at the end of the first list of events. */
const atFirstList = (body: Tree, item: Tree): void => {
  for (const entry of entriesOf(body))
    for (const name of ['messaging', 'standby', 'changes']) {
      const list = entry[name]
      if (Array.isArray(list)) return void list.push(item)
    }
}

/** A sample body with its customers and messages among a few others, so that what is said is about the same ones again and again. */
const sample = (chance: Chance): Tree => {
  const customer = `c${chance.below(30)}`
  const mids = chance.below(40)
  return copy(chance.pick(corpus), (text) =>
    text === '900000000000001' || text === '900000000000002'
      ? customer
      : text.length > 100 && /^[\w=-]+$/.test(text)
        ? `${text.slice(-40)}-${mids}`
        : text,
  )
}

export interface Mutated {
  readonly body: Tree
  /** How much of something it holds, 0 to 1. */
  readonly size: number
}

/** A sample body, changed in its structure. */
export const mutated = (chance: Chance): Mutated => {
  const body = sample(chance)
  if (chance.once(40)) return { body: chance.pick(ENVELOPE)(chance, body), size: 0 }
  for (let changes = chance.below(6); changes > 0; changes--) chance.pick(SMALL)(chance, body)
  if (!chance.once(150)) return { body, size: 0 }
  const size = chance.once(150) ? 1 : chance.once(8) ? 0.1 : 0.005
  chance.pick(LARGE)(chance, body, size)
  return { body, size }
}
