import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, eventually, type RunningHost, startHost, tempDir } from './driver.ts'
import { AKI, BEN, BOT, CHIE, codeOf, DAY, factsOf, HOUR, MINA, MINUTE, ok, scene } from './scene.ts'

const dir = tempDir()
let host: RunningHost
let firstChannel: string
let secondChannel: string
const SECOND = '17841400000000002'
const { someone, inbox, entryOf, on, move, conversation, transcript, tickets, ticketsWhen } = scene(() => host)

const png = (size: number): Buffer =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(size - 8)])
const icon = (fileName: string, bytes: Buffer) => ({ fileName, base64: bytes.toString('base64') })
const channels = async (actor = MINA): Promise<readonly any[]> => ok(await host.get('/api/channels', actor)).items
const hold = async () => void ok(await host.post('/api/clock/hold'))
const run = async () => void ok(await host.post('/api/clock/run'))
const statuses = (answers: readonly Answer[]): readonly number[] =>
  answers.map(({ status }) => status).toSorted((one, other) => one - other)
/** Lets something happen while business time stands still. */
const held = async (work: () => Promise<void>): Promise<void> => {
  await hold()
  try {
    await work()
  } finally {
    await run()
  }
}

beforeAll(async () => {
  host = await startHost(dir.path)
  firstChannel = (await channels())[0].channelId
})
afterAll(async () => {
  await host?.kill('SIGTERM')
  dir.remove()
})

describe('the first start', () => {
  it('prints the address of the page first, then all that somebody needs to post webhooks of their own', () => {
    expect(host.printed[0]).toMatch(/^Page: +http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(host.printed.join('\n')).toMatch(/Webhook: .*\n.*App secret: .*\n.*Verify token: .*\n.*Account: +\d+/)
  })

  it('has two departments, one channel with both agents and 60 minutes', async () => {
    const [channel, ...others] = await channels()
    expect(others).toEqual([])
    expect(Object.keys(channel.agents)).toEqual(['aki', 'ben'])
    expect(channel.settings.conversion.delay).toBe(60)
    expect(ok(await host.get('/api/host')).departments).toEqual(['sales', 'support'])
  })

  it('lists every call with a sentence', async () => {
    const { calls } = ok(await host.get('/api'))
    expect(calls.length).toBeGreaterThan(60)
    for (const { method, path, says } of calls) expect(says, `${method} ${path}`).toMatch(/^[A-Z].*\.$/)
  })
})

describe('S2 create a channel', () => {
  const create = (body: object, actor = MINA) =>
    host.post('/api/channels', { accountId: SECOND, name: 'Second shop', departmentId: 'support', ...body }, actor)

  it('is for administrators only', async () => {
    expect(codeOf(await create({}, AKI))).toBe('not-administrator')
  })

  it('refuses a name of 0 or 101 characters, another department, an icon that is none or too large', async () => {
    expect(factsOf(await create({ name: ' ' }))).toEqual({ field: 'name' })
    expect(factsOf(await create({ name: '👋'.repeat(101) }))).toMatchObject({ field: 'name', limit: 100, actual: 101 })
    expect(codeOf(await create({ departmentId: 'legal' }))).toBe('department-not-found')
    expect(codeOf(await create({ icon: icon('logo.gif', png(100)) }))).toBe('icon-type')
    expect(codeOf(await create({ icon: icon('logo.jpg', png(100)) }))).toBe('icon-type')
    const large = await create({ icon: icon('logo.png', png(1_048_577)) })
    expect(large.status).toBe(422)
    expect(factsOf(large)).toMatchObject({ field: 'icon', limit: 1_048_576, actual: 1_048_577, unit: 'bytes' })
    expect(codeOf(await create({ conversion: { delay: 0 } }))).toBe('invalid')
    expect(codeOf(await create({ conversion: { delay: 1_441 } }))).toBe('invalid')
    expect(await channels()).toHaveLength(1)
  })

  it('takes a name of 100 characters, an icon of exactly 1 MB, one department and an account', async () => {
    const bytes = png(1_048_576)
    secondChannel = ok(
      await create({ name: '👋'.repeat(100), icon: icon('logo.png', bytes), agents: ['aki'] }),
    ).channelId
    const channel = ok(await host.get(`/api/channels/${secondChannel}`, MINA))
    expect(channel).toMatchObject({
      status: 'enabled',
      settings: { departmentId: 'support', icon: { size: 1_048_576 } },
    })
    const answer = await fetch(new URL(`/api/channels/${secondChannel}/icon?actor=${MINA}`, host.page))
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
  })
})

describe('S3 channel limit', () => {
  const create = (accountId: string, actor = MINA) =>
    host.post('/api/channels', { accountId, name: 'One more', departmentId: 'sales' }, actor)

  it('refuses a channel more than there are departments', async () => {
    const refused = await create('17841400000000003')
    expect(codeOf(refused)).toBe('channel-limit')
    expect(factsOf(refused)).toEqual({ limit: 2, live: 2 })
  })

  it('gives the last place to one of two that are created at once', async () => {
    ok(await host.put('/api/departments', { departments: ['sales', 'support', 'press'] }, MINA))
    const both = await Promise.all([create('17841400000000004'), create('17841400000000005')])
    expect(statuses(both)).toEqual([200, 409])
    expect(both.filter(({ status }) => status === 409).map(codeOf)).toEqual(['channel-limit'])
  })

  it('keeps the channels when the departments shrink, and refuses new ones', async () => {
    ok(await host.put('/api/departments', { departments: ['sales'] }, MINA))
    expect((await channels()).filter(({ status }) => status === 'enabled')).toHaveLength(3)
    expect(codeOf(await create('17841400000000006'))).toBe('channel-limit')
    ok(await host.put('/api/departments', { departments: ['sales', 'support', 'press', 'legal', 'parts'] }, MINA))
  })

  it('puts an Instagram account into one live channel only, over all organizations and at once', async () => {
    const other = 'administrator:olga@other-shop'
    ok(await host.put('/api/departments', { departments: ['sales', 'support'] }, other))
    expect(codeOf(await create(host.accountId, other))).toBe('account-in-use')
    const both = await Promise.all([create('17841400000000007'), create('17841400000000007', other)])
    expect(statuses(both)).toEqual([200, 409])
    expect(both.filter(({ status }) => status === 409).map(codeOf)).toEqual(['account-in-use'])
  })
})

describe('S4 receive', () => {
  it('shows in the inbox what a customer writes', async () => {
    const yuki = await someone('Yuki')
    await yuki.says('Is this still available?')
    const entry = await eventually(async () => {
      const found = await entryOf(yuki.customerId)
      expect(found).toBeDefined()
      return found
    })
    expect(JSON.stringify(entry)).toContain('Is this still available?')
  })
})

describe('S5 24 hours', () => {
  it('lets any associated agent and an automation answer until the last millisecond', async () => {
    const ren = await someone('Ren')
    await held(async () => {
      await ren.says('Do you ship abroad?')
      const id = await ren.conversationId()
      ok(await on(id, 'reply', { text: 'One moment, please.' }, BOT))
      ok(await on(id, 'reply', { text: 'Yes, we do.' }, BEN))
      await move(DAY - 1)
      ok(await on(id, 'reply', { text: 'Anything else?' }, BOT))
      await eventually(async () =>
        expect(await ren.received()).toEqual(['One moment, please.', 'Yes, we do.', 'Anything else?']),
      )
    })
  })
})

describe('S6 7 days', () => {
  it('is for a person only from 24 hours on, for nobody from 7 days on, and open at once when the customer writes', async () => {
    const emi = await someone('Emi')
    await held(async () => {
      const mid = await emi.says('Hello?')
      const id = await emi.conversationId()
      await move(DAY)
      const refused = await on(id, 'reply', { text: 'Automatic' }, BOT)
      expect(codeOf(refused)).toBe('human-agent-only')
      expect(factsOf(refused)).toHaveProperty('humanAgentUntil')
      ok(await on(id, 'reply', { text: 'By hand' }, AKI))
      await eventually(async () => expect(await emi.received()).toEqual(['By hand']))
      const { sends } = ok(await host.get(`/api/platform/ledger?accountId=${emi.accountId}`))
      expect(sends.filter((send: any) => send.customerId === emi.customerId)).toMatchObject([{ tag: 'HUMAN_AGENT' }])

      await move(6 * DAY - 1)
      ok(await on(id, 'reply', { text: 'Just in time' }, AKI))
      await eventually(async () => expect(await emi.received()).toEqual(['By hand', 'Just in time']))
      await move(1)
      const late = await on(id, 'reply', { text: 'Too late' }, AKI)
      expect(late.status).toBe(409)
      expect(codeOf(late)).toBe('window-expired')
      expect(factsOf(late).attemptedAt - factsOf(late).anchor).toBe(7 * DAY)

      await emi.sends({ text: 'Still there?', replyTo: mid })
      ok(await on(id, 'reply', { text: 'Yes!' }, BOT))
      await eventually(async () => expect(await emi.received()).toEqual(['By hand', 'Just in time', 'Yes!']))
    })
  })

  it('learns from Meta that the permission is not there, and says so', async () => {
    const kai = await someone('Kai', SECOND)
    await kai.says('Hello')
    const id = await kai.conversationId()
    await move(DAY)
    ok(await on(id, 'reply', { text: 'Tried once' }))
    await eventually(async () =>
      expect((await channels()).find(({ channelId }) => channelId === secondChannel).humanAgent).toBe('refused'),
    )
    expect(await kai.received()).toEqual([])
    expect(codeOf(await on(id, 'reply', { text: 'Not again' }))).toBe('human-agent-refused')
    ok(await host.post('/api/platform/human-agent', { accountId: SECOND, granted: true }))
    ok(await host.put(`/api/channels/${secondChannel}/human-agent`, { permission: 'granted' }, MINA))
    ok(await on(id, 'reply', { text: 'Now it is' }))
    await eventually(async () => expect(await kai.received()).toEqual(['Now it is']))
  })
})

describe('S7 length', () => {
  it('takes 1,600 characters in ordered parts that give the text, and refuses 1,601, nothing, and half characters', async () => {
    const lin = await someone('Lin')
    await lin.says('Please explain')
    const id = await lin.conversationId()
    const sentences = [...'Ünïcödé 窓口 — 👩‍👩‍👧‍👦 sentence. '.repeat(60)].slice(0, 1_599)
    const exact = `${sentences.join('')}.`
    expect([...exact]).toHaveLength(1_600)
    ok(await on(id, 'reply', { text: exact }))
    const bare = (value: string): string => value.replace(/\s+/g, '')
    await eventually(async () => expect(bare((await lin.received()).join(''))).toBe(bare(exact)))
    const parts = await lin.received()
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1_000)

    const over = await on(id, 'reply', { text: `${exact}!` })
    expect(over.status).toBe(422)
    expect(factsOf(over)).toEqual({ field: 'text', limit: 1_600, actual: 1_601, unit: 'code points' })
    expect(codeOf(await on(id, 'reply', { text: ' \n ' }))).toBe('empty')
    expect(codeOf(await on(id, 'reply', {}))).toBe('empty')
    expect(codeOf(await on(id, 'reply', { text: 'half \ud83d' }))).toBe('lone-surrogate')
    expect(codeOf(await on(id, 'reply', { text: 'nul \0' }))).toBe('invalid')
    expect(codeOf(await on(id, 'reply', { text: 7 }))).toBe('invalid')
    expect(await lin.received()).toHaveLength(parts.length)
  })

  it('sends pictures first, then the text', async () => {
    const noa = await someone('Noa')
    await noa.says('How does it look?')
    const id = await noa.conversationId()
    ok(await on(id, 'reply', { text: 'Like this', media: [{ kind: 'image', url: 'https://shop.example/a.jpg' }] }))
    await eventually(async () => expect(await noa.received()).toEqual([undefined, 'Like this']))
  })
})

describe('S8 convert by hand', () => {
  it('makes one ticket, also after the window has expired; then already-converted with the ticket', async () => {
    const uma = await someone('Uma')
    await uma.says('My parcel is broken')
    const id = await uma.conversationId()
    expect((await on(id, 'convert', {}, CHIE)).status).toBe(403)
    const both = await Promise.all([on(id, 'convert', {}, AKI), on(id, 'convert', {}, BEN)])
    expect(statuses(both)).toEqual([200, 409])
    const { ticketId } = both.find(({ status }) => status === 200)!.body
    const second = both.find(({ status }) => status === 409)!
    expect(codeOf(second)).toBe('already-converted')
    expect(factsOf(second)).toEqual({ ticketId })
    expect(second.body.error.message).toBe(`This is ticket ${ticketId} already.`)
    expect(await ticketsWhen(id, 1)).toMatchObject([{ ticketId, cause: 'by-hand' }])

    await uma.says('And the second one too')
    ok(await on(id, 'dismiss-conversion'))
    await move(8 * DAY)
    expect(codeOf(await on(id, 'reply', { text: 'Too late' }))).toBe('window-expired')
    ok(await on(id, 'convert'))
    await ticketsWhen(id, 2)
  })

  it('works on a disabled channel, and refuses nothing-to-convert where only the business wrote', async () => {
    const ida = await someone('Ida', SECOND)
    await ida.says('Hi')
    const id = await ida.conversationId()
    ok(await host.post(`/api/channels/${secondChannel}/disable`, {}, MINA))
    ok(await on(id, 'convert'))
    await ticketsWhen(id, 1)
    ok(await host.post(`/api/channels/${secondChannel}/enable`, {}, MINA))
    const zoe = await someone('Zoe')
    await zoe.does('answer-from-app', { text: 'We have news for you' })
    expect(codeOf(await on(await zoe.conversationId(), 'convert'))).toBe('nothing-to-convert')
  })
})

describe('S9 convert by time', () => {
  it('makes the ticket 60 minutes after the message, not a millisecond before, exactly once', async () => {
    const leo = await someone('Leo')
    await held(async () => {
      await leo.says('When do you open?')
      const id = await leo.conversationId()
      const { dueAt } = (await eventually(async () => {
        const { items } = ok(await host.get(`/api/pending-conversions?channelId=${firstChannel}`))
        const found = items.find((one: any) => one.conversationId === id)
        expect(found).toBeDefined()
        return found
      })) as { dueAt: number }
      const at = await move(HOUR - 1)
      expect(dueAt - at).toBe(1)
      expect(await tickets(id)).toEqual([])
      await move(1)
      const [ticket] = await ticketsWhen(id, 1)
      expect(ticket).toMatchObject({ cause: 'by-time', openedAt: dueAt })
      await move(HOUR)
      await ticketsWhen(id, 1)
    })
  })

  it('follows the delay of the channel, or never', async () => {
    const set = (delay: unknown) => host.put(`/api/channels/${firstChannel}`, { conversion: { delay } }, MINA)
    for (const wrong of [0, 1_441, 1.5, '60', null]) {
      const refused = await set(wrong)
      expect(refused.status).toBe(422)
      expect(factsOf(refused)).toMatchObject({ field: 'conversion.delay' })
    }
    ok(await set(1))
    const may = await someone('May')
    await may.says('Quick one')
    const quick = await may.conversationId()
    ok(await set('never'))
    const joe = await someone('Joe')
    await joe.says('Slow one')
    const slow = await joe.conversationId()
    ok(await set(60))
    await move(MINUTE)
    await ticketsWhen(quick, 1)
    await move(25 * HOUR)
    await ticketsWhen(quick, 1)
    expect(await tickets(slow)).toEqual([])
  })
})

describe('S10 later replies', () => {
  it('starts a new 60 minutes and then makes a new ticket from what came since', async () => {
    const amy = await someone('Amy')
    await amy.says('First question')
    const id = await amy.conversationId()
    await move(HOUR)
    await ticketsWhen(id, 1)
    await amy.says('Second question')
    await amy.says('and a half')
    await move(HOUR - 5_000)
    await ticketsWhen(id, 1)
    await move(10_000)
    const both = await ticketsWhen(id, 2)
    const newest = both.toSorted((a, b) => b.episode - a.episode)[0]
    const { items } = ok(await host.get(`/api/tickets/${newest.ticketId}/messages`))
    expect(items.map(({ text }: any) => text)).toEqual(['Second question', 'and a half'])
    const path = `/api/tickets/${newest.ticketId}/messages?limit=1`
    const first = ok(await host.get(path))
    expect(first.items).toMatchObject([{ text: 'Second question' }])
    const second = ok(await host.get(`${path}&cursor=${encodeURIComponent(first.cursor)}`))
    expect(second.items).toMatchObject([{ text: 'and a half' }])
    expect(second).not.toHaveProperty('cursor')
  })
})

describe('S11 agents', () => {
  it('shows a conversation to associated agents only, and refuses everybody else before anything else', async () => {
    const tom = await someone('Tom')
    await tom.says('Psst')
    const id = await tom.conversationId()
    expect(await inbox('all', CHIE)).toEqual([])
    expect(ok(await host.get('/api/inbox/unread', CHIE))).toEqual({ total: 0, channels: {} })
    for (const path of ['', '/transcript']) {
      const refused = await host.get(`/api/conversations/${id}${path}`, CHIE)
      expect(refused.status).toBe(403)
      expect(refused.body.error).toMatchObject({ code: 'not-associated', facts: {} })
    }
    const acts = {
      reply: { text: 'x'.repeat(2_000) },
      'pick-up': {},
      end: {},
      block: {},
      convert: {},
      notes: { text: '' },
    }
    for (const [act, body] of Object.entries(acts)) expect(codeOf(await on(id, act, body, CHIE))).toBe('not-associated')
    expect(codeOf(await host.get('/api/conversations/00000000-0000-4000-8000-000000000000', CHIE))).toBe(
      'not-associated',
    )
  })

  it('lets an administrator read but not answer', async () => {
    const una = await someone('Una')
    await una.says('Hello')
    const id = await una.conversationId()
    expect(await transcript(id, MINA)).not.toEqual([])
    expect(codeOf(await on(id, 'reply', { text: 'Hi' }, MINA))).toBe('not-associated')
  })

  it('takes everything from an agent who is removed at that instant; it counts as unassigned', async () => {
    const eva = await someone('Eva')
    await eva.says('Hello')
    const id = await eva.conversationId()
    ok(await on(id, 'pick-up', {}, BEN))
    expect((await inbox('mine', BEN)).map((one) => one.conversationId)).toContain(id)
    ok(await host.del(`/api/channels/${firstChannel}/agents/ben`, {}, MINA))
    expect(codeOf(await on(id, 'reply', { text: 'Hi' }, BEN))).toBe('not-associated')
    expect(await inbox('all', BEN)).toEqual([])
    expect((await inbox('unassigned', AKI)).map((one) => one.conversationId)).toContain(id)
    ok(await host.post(`/api/channels/${firstChannel}/agents`, { agentId: 'ben' }, MINA))
    expect((await inbox('mine', BEN)).map((one) => one.conversationId)).not.toContain(id)
    ok(await on(id, 'pick-up', {}, AKI))
  })
})

describe('S11a life cycle', () => {
  it('assigns by answering, ends, reopens by hand and by the customer, and keeps notes to itself', async () => {
    const max = await someone('Max')
    await max.says('Hello')
    const id = await max.conversationId()
    ok(await on(id, 'reply', { text: 'Hi, Aki here' }))
    expect((await conversation(id)).assignee).toBe('aki')
    ok(await on(id, 'notes', { text: 'Only for us' }))
    ok(await on(id, 'reply-and-end', { text: 'Bye' }, BEN))
    expect((await inbox('ended')).map((one) => one.conversationId)).toContain(id)
    ok(await on(id, 'reopen'))
    ok(await on(id, 'end'))
    await max.says('One more thing')
    await eventually(async () => expect((await inbox('unassigned')).map((one) => one.conversationId)).toContain(id))
    await eventually(async () => expect(await max.received()).toEqual(['Hi, Aki here', 'Bye']))
    expect(JSON.stringify(await transcript(id))).toContain('Only for us')
  })
})

describe('S12 transfer', () => {
  it('lets one of two transfers win, and tells the other who has it now', async () => {
    const sam = await someone('Sam')
    await sam.says('Hello')
    const id = await sam.conversationId()
    ok(await on(id, 'pick-up'))
    const both = await Promise.all([
      on(id, 'transfer', { to: 'ben', seen: 'aki' }, AKI),
      on(id, 'transfer', { to: null, seen: 'aki' }, BEN),
    ])
    expect(statuses(both)).toEqual([200, 409])
    const lost = both.find(({ status }) => status === 409)!
    expect(codeOf(lost)).toBe('assignee-changed')
    const { assignee } = await conversation(id)
    expect(factsOf(lost)).toEqual({ assignee, seen: 'aki' })
    expect(codeOf(await on(id, 'transfer', { to: 'chie', seen: assignee }))).toBe('target-not-associated')
    ok(await on(id, 'transfer', { to: 'aki', seen: assignee }, MINA))
    expect((await conversation(id)).assignee).toBe('aki')
  })
})

describe('S13 block', () => {
  it('neither shows nor keeps what comes meanwhile, but moves the window', async () => {
    const bob = await someone('Bob')
    await bob.says('Before')
    const id = await bob.conversationId()
    ok(await on(id, 'block', { reason: 'spam' }))
    expect((await inbox('blocked')).map((one) => one.conversationId)).toContain(id)
    expect(codeOf(await on(id, 'reply', { text: 'No' }))).toBe('blocked')
    await move(8 * DAY)
    await bob.says('Buy my watches')
    ok(await on(id, 'unblock'))
    const shown = JSON.stringify(await transcript(id))
    expect(shown).toContain('Before')
    expect(shown).not.toContain('watches')
    ok(await on(id, 'reply', { text: 'Welcome back' }, BOT))
    await eventually(async () => expect(await bob.received()).toEqual(['Welcome back']))
  })
})

describe('S14 disable and enable', () => {
  it('stops sending and receiving, keeps everything, and moves the window', async () => {
    const ann = await someone('Ann', SECOND)
    await ann.says('Before')
    const id = await ann.conversationId()
    ok(await host.post(`/api/channels/${secondChannel}/disable`, {}, MINA))
    expect(codeOf(await on(id, 'reply', { text: 'No' }))).toBe('channel-disabled')
    ok(await on(id, 'notes', { text: 'Notes go on' }))
    ok(await on(id, 'pick-up'))
    await move(2 * DAY)
    await ann.says('Meanwhile')
    expect(JSON.stringify(await transcript(id))).not.toContain('Meanwhile')
    ok(await host.post(`/api/channels/${secondChannel}/enable`, {}, MINA))
    ok(await on(id, 'reply', { text: 'Back again' }, BOT))
    await eventually(async () => expect(await ann.received()).toEqual(['Back again']))
  })

  it('fetches what was missed, when it is enabled again', async () => {
    const channel = `/api/channels/${firstChannel}`
    const missed = async () => ok(await host.get(`${channel}/missed`, MINA))
    const eva = await someone('Eva')
    await eva.says('Before it was disabled')
    const id = await eva.conversationId()
    expect(await missed()).toEqual({ receipts: 0 })
    ok(await host.post(`${channel}/disable`, {}, MINA))
    // Meta tells the time of a past message to the second; the receipt knows it to the millisecond.
    await move(1)
    await eva.says('Is anybody there?')
    await move(1)
    await eva.says('I would like two of them')
    expect(codeOf(await host.post(`${channel}/fetch-missed`, {}, MINA))).toBe('channel-disabled')
    ok(await host.post(`${channel}/enable`, {}, MINA))

    expect(await missed()).toEqual({ receipts: 2 })
    expect(codeOf(await host.get(`${channel}/missed`, AKI))).toBe('not-administrator')
    expect(codeOf(await host.post(`${channel}/fetch-missed`, {}, AKI))).toBe('not-administrator')
    const said = async () =>
      (await transcript(id))
        .filter(({ kind }) => kind === 'message')
        .map(({ text, recovered = false }) => ({ text, recovered }))
    expect(await said()).toEqual([{ text: 'Before it was disabled', recovered: false }])

    expect(ok(await host.post(`${channel}/fetch-missed`, {}, MINA))).toMatchObject({ recovered: 2, left: 0 })
    const everything = [
      { text: 'Before it was disabled', recovered: false },
      { text: 'Is anybody there?', recovered: true },
      { text: 'I would like two of them', recovered: true },
    ]
    expect(await said()).toEqual(everything)
    expect(await missed()).toEqual({ receipts: 0 })
    expect(ok(await host.post(`${channel}/fetch-missed`, {}, MINA))).toMatchObject({ recovered: 0, left: 0 })
    expect(await said()).toEqual(everything)
  })
})

describe('what agents show without writing', () => {
  it('reacts, is typing, and has seen, all of it on the phone of the customer, and live in the transcript', async () => {
    const mio = await someone('Mio')
    await mio.says('Look at this')
    const id = await mio.conversationId()
    const [message] = await transcript(id)
    const stop = new AbortController()
    const live = await fetch(new URL(`/api/conversations/${id}/live?actor=${AKI}`, host.page), { signal: stop.signal })
    const heard = (async () => {
      const decoder = new TextDecoder()
      let text = ''
      for await (const chunk of live.body!) {
        text += decoder.decode(chunk, { stream: true })
        if (text.includes('event: transcript') && text.includes('🎉')) return text
      }
      return text
    })()

    expect(ok(await on(id, 'react', { messageId: message.messageId, emoji: '🎉' }))).toMatchObject({ done: true })
    expect((await mio.phone()).messages[0].reactions).toMatchObject({ business: { emoji: '🎉' } })
    expect((await transcript(id))[0].marks).toMatchObject({ business: { action: 'react', emoji: '🎉' } })
    expect(await heard).toContain('event: transcript')
    stop.abort()
    ok(await on(id, 'react', { messageId: message.messageId, emoji: null }))
    expect((await mio.phone()).messages[0].reactions).toEqual({})

    expect(ok(await on(id, 'typing', { on: true }))).toEqual({ done: true })
    expect((await mio.phone()).businessIsTyping).toBe(true)
    ok(await on(id, 'typing', { on: false }))
    expect(await mio.phone()).toMatchObject({ businessIsTyping: false })
    ok(await on(id, 'seen'))
    expect((await mio.phone()).seenByBusiness).toBe((await mio.phone()).messages[0].mid)
    for (const act of ['react', 'typing', 'seen']) {
      const refused = await on(id, act, { messageId: message.messageId, emoji: '🎉', on: true }, CHIE)
      expect(codeOf(refused), act).toBe('not-associated')
    }
  })
})

describe('connect again', () => {
  it('goes on with the same token when the owner switched access on again, and sends what waited', async () => {
    const access = async (off: boolean) =>
      ok(await host.post('/api/platform/condition', { accountId: host.accountId, condition: 'access-off', on: off }))
    const authorization = async () => ok(await host.get(`/api/channels/${firstChannel}`, MINA)).authorization
    const nao = await someone('Nao')
    await nao.says('Can you hear me?')
    const id = await nao.conversationId()
    await access(true)
    ok(await on(id, 'reply', { text: 'Loud and clear' }))
    await eventually(async () => expect(await authorization()).not.toBe('connected'))
    await access(false)
    const reconnect = `/api/channels/${firstChannel}/reconnect`
    expect(codeOf(await host.post(reconnect, { sameToken: true }, AKI))).toBe('not-administrator')
    ok(await host.post(reconnect, { sameToken: true }, MINA))
    await eventually(async () => expect(await nao.received()).toEqual(['Loud and clear']))
    expect(await authorization()).toBe('connected')
  })
})

describe('S15 delete', () => {
  it('refuses everything but reading, settles pending conversions, and frees account and slot', async () => {
    const gus = await someone('Gus', SECOND)
    await gus.says('Before')
    const id = await gus.conversationId()
    ok(await host.del(`/api/channels/${secondChannel}`, { pendingConversions: 'convert' }, MINA))
    for (const [act, body] of Object.entries({
      reply: { text: 'No' },
      end: {},
      block: {},
      convert: {},
      transfer: { to: null, seen: null },
    })) {
      expect(codeOf(await on(id, act, body)), act).toBe('channel-deleted')
    }
    expect(codeOf(await host.put(`/api/channels/${secondChannel}`, { name: 'New' }, MINA))).toBe('channel-deleted')
    expect(JSON.stringify(await transcript(id))).toContain('Before')
    expect(await ticketsWhen(id, 1)).toMatchObject([{ cause: 'channel-deleted' }])
    ok(
      await host.post(
        '/api/channels',
        { accountId: SECOND, name: 'Again', departmentId: 'support', agents: ['aki'] },
        MINA,
      ),
    )
    await gus.says('On the new channel')
    await eventually(async () => {
      const found = (await inbox('all')).find((one) => one.customerId === gus.customerId && one.conversationId !== id)
      expect(found).toBeDefined()
    })
  })
})

describe('S16 settings', () => {
  it('changes everything but the account, and a changed delay touches new schedules only', async () => {
    const liv = await someone('Liv')
    await liv.says('Scheduled with 60 minutes')
    const id = await liv.conversationId()
    ok(
      await host.put(
        `/api/channels/${firstChannel}`,
        { name: 'New name', departmentId: 'support', conversion: { delay: 5 } },
        MINA,
      ),
    )
    expect(ok(await host.get(`/api/channels/${firstChannel}`, MINA)).settings).toMatchObject({
      name: 'New name',
      departmentId: 'support',
      conversion: { delay: 5 },
    })
    expect(codeOf(await host.put(`/api/channels/${firstChannel}`, { accountId: '1' }, MINA))).toBe('invalid')
    expect(codeOf(await host.put(`/api/channels/${firstChannel}`, { name: 'Mine' }, AKI))).toBe('not-administrator')
    const kim = await someone('Kim')
    await kim.says('Scheduled with 5 minutes')
    const soon = await kim.conversationId()
    await move(5 * MINUTE)
    await ticketsWhen(soon, 1)
    expect(await tickets(id)).toEqual([])
    await move(HOUR)
    await ticketsWhen(id, 1)
    ok(await host.put(`/api/channels/${firstChannel}`, { conversion: { delay: 60 } }, MINA))
  })
})

describe('S17 audio and video', () => {
  it('shows a placeholder, keeps no link, keeps the rest, opens the window and starts a conversion', async () => {
    const ray = await someone('Ray')
    await ray.sends({ kind: 'audio' })
    const id = await ray.conversationId()
    await ray.sends({ kind: 'video', text: 'Look at this' })
    await ray.sends({ kind: 'view-once' })
    await ray.sends({ kind: 'reel' })
    const items = await eventually(async () => {
      const found = (await transcript(id)).filter((item) => item.kind === 'message')
      expect(found).toHaveLength(4)
      return found
    })
    const shown = items.map((item) => JSON.stringify(item))
    expect(shown[0]).toContain('placeholder')
    expect(shown[0]).not.toContain('http')
    expect(shown[1]).toContain('placeholder')
    expect(shown[2]).toContain('placeholder')
    expect(shown[3]).not.toContain('placeholder')
    ok(await on(id, 'reply', { text: 'Could you write it, please?' }, BOT))
    await move(HOUR)
    await ticketsWhen(id, 1)
    ok(await host.put(`/api/channels/${firstChannel}`, { receiveAudioVideo: true }, MINA))
    await ray.sends({ kind: 'audio' })
    await eventually(async () => {
      const [last] = (await transcript(id)).filter((item) => item.kind === 'message').slice(-1)
      expect(JSON.stringify(last)).toContain('http')
    })
    ok(await host.put(`/api/channels/${firstChannel}`, { receiveAudioVideo: false }, MINA))
  })
})

describe('the host', () => {
  it('wrote nothing that a customer or an agent wrote', () => {
    for (const word of ['parcel', 'watches', 'Aki here', 'Only for us']) expect(host.complaints()).not.toContain(word)
  })
})
