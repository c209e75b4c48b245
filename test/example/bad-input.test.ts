import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, type RunningHost, startHost, tempDir } from './driver.ts'
import { AKI, codeOf, factsOf, messageEvent, MINA, ok, scene, webhookBody } from './scene.ts'

const dir = tempDir()
let host: RunningHost
const { someone, on, move, post, balance, counted, transcript, entryOf } = scene(() => host)
/** Somebody whom the platform does not know: only webhooks of our own name them. */
const STRANGER = '900000000000077'
const now = async (): Promise<number> => ok(await host.get('/api/clock')).now

beforeAll(async () => {
  host = await startHost(dir.path)
})
afterAll(async () => {
  await host?.kill('SIGTERM')
  dir.remove()
})

describe('the webhook', () => {
  it('answers the handshake only to the verify token', async () => {
    const ask = (token: string) =>
      fetch(`${host.webhook}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`)
    const right = await ask(host.verifyToken)
    expect([right.status, await right.text()]).toEqual([200, '1158201444'])
    expect((await ask('another')).status).toBe(403)
  })

  it('answers 401 to a missing, wrong or malformed signature, and records nothing', async () => {
    const body = webhookBody(host.accountId, messageEvent(host.accountId, STRANGER, 'unsigned', 'forged', await now()))
    await counted(async () => {
      for (const signature of [null, '', 'sha256=', `sha256=${'0'.repeat(64)}`, 'sha1=abc', 'nonsense']) {
        expect(await post(body, signature), String(signature)).toBe(401)
      }
    }, {})
    expect(await entryOf(STRANGER)).toBeUndefined()
  })

  it('answers 413 to a body over 16 MiB', async () => {
    await counted(async () => expect(await post(new Uint8Array(16 * 1_048_576 + 1))).toBe(413), {})
  })

  it('quarantines signed rubbish and ignores another object, with 200', async () => {
    await counted(async () => expect(await post('{"object":"instagram","entry":[')).toBe(200), {
      received: 1,
      quarantined: 1,
    })
    await counted(async () => expect(await post(new Uint8Array([0xff, 0xfe, 0x00]))).toBe(200), {
      received: 1,
      quarantined: 1,
    })
    await counted(async () => expect(await post('{"object":"page","entry":[{"id":"1","messaging":[{}]}]}')).toBe(200), {
      received: 1,
      ignored: 1,
    })
  })

  it('tells pages of what was delivered once it can be read, also of what no inbox shows', async () => {
    const live = await fetch(new URL(`/api/live?actor=${AKI}`, host.page))
    const { received } = (await balance()).total
    expect(await post('{"object":"page","entry":[{"id":"1","messaging":[{}]}]}')).toBe(200)
    const decoder = new TextDecoder()
    let heard = ''
    for await (const chunk of live.body!) {
      heard += decoder.decode(chunk, { stream: true })
      if (heard.includes('event: delivered')) break
    }
    expect((await balance()).total.received).toBe(received + 1)
  })

  it('records the good ones of a batch that holds an unreadable one', async () => {
    const at = await now()
    const body = webhookBody(
      host.accountId,
      messageEvent(host.accountId, STRANGER, 'good-1', 'first good one', at),
      { sender: { id: STRANGER }, recipient: { id: host.accountId }, timestamp: at, message: { mid: 7, text: ['?'] } },
      { something: 'new' },
      messageEvent(host.accountId, STRANGER, 'good-2', 'second good one', at + 1),
    )
    await counted(async () => expect(await post(body)).toBe(200), { received: 4, recorded: 2, quarantined: 2 })
    const id = await eventually(async () => {
      const entry = await entryOf(STRANGER)
      expect(entry).toBeDefined()
      return entry.conversationId as string
    })
    expect(JSON.stringify(await transcript(id))).toMatch(/first good one.*second good one/)
    await counted(async () => expect(await post(body)).toBe(200), { received: 4, duplicates: 4 })
  })

  it('records one message that comes in two batches at once only once', async () => {
    const at = await now()
    const twice = messageEvent(host.accountId, STRANGER, 'in-both', 'twice', at)
    const others = ['a', 'b'].map((name) => messageEvent(host.accountId, STRANGER, `beside-${name}`, name, at))
    await counted(
      async () =>
        expect(await Promise.all(others.map((other) => post(webhookBody(host.accountId, twice, other))))).toEqual([
          200, 200,
        ]),
      { received: 4, recorded: 3, duplicates: 1 },
    )
  })

  it('ignores an edit with num_edit 0', async () => {
    const event = {
      sender: { id: STRANGER },
      recipient: { id: host.accountId },
      timestamp: await now(),
      message_edit: { mid: 'good-1', text: 'edited', num_edit: 0 },
    }
    await counted(async () => expect(await post(webhookBody(host.accountId, event))).toBe(200), {
      received: 1,
      ignored: 1,
    })
  })

  it('never shows a message whose unsend came first', async () => {
    const at = await now()
    const unsend = {
      sender: { id: STRANGER },
      recipient: { id: host.accountId },
      timestamp: at + 5,
      message: { mid: 'taken-back', is_deleted: true },
    }
    expect(await post(webhookBody(host.accountId, unsend))).toBe(200)
    expect(
      await post(webhookBody(host.accountId, messageEvent(host.accountId, STRANGER, 'taken-back', 'regretted', at))),
    ).toBe(200)
    const { conversationId } = await entryOf(STRANGER)
    await counted(
      async () =>
        expect(
          await post(webhookBody(host.accountId, messageEvent(host.accountId, STRANGER, 'after-it', 'kept', at + 9))),
        ).toBe(200),
      {
        received: 1,
        recorded: 1,
      },
    )
    const shown = JSON.stringify(await transcript(conversationId))
    expect(shown).toContain('kept')
    expect(shown).not.toContain('regretted')
  })

  it('reads ids above 2^53 to the last digit, whether they come as text or as numbers', async () => {
    const big = '9007199254740993123'
    const body = webhookBody(host.accountId, messageEvent(host.accountId, big, 'big-id', 'I am big', await now()))
    expect(await post(body.replace(`"${big}"`, big))).toBe(200)
    await eventually(async () => expect(await entryOf(big)).toMatchObject({ customerId: big }))
  })

  it('keeps lone surrogates and NUL from breaking anything', async () => {
    const body = webhookBody(
      host.accountId,
      messageEvent(host.accountId, STRANGER, 'odd-text', 'half \ud83d and nul \0 here', await now()),
    )
    await counted(async () => expect(await post(body)).toBe(200), { received: 1, recorded: 1 })
    const { conversationId } = await entryOf(STRANGER)
    await eventually(async () => expect(JSON.stringify(await transcript(conversationId))).toContain('here'))
  })

  it('quarantines an unknown account without content in the list, and places it once a channel is there', async () => {
    const unknown = '17841400000000099'
    const body = webhookBody(unknown, messageEvent(unknown, STRANGER, 'too-early', 'anybody there?', await now()))
    await counted(async () => expect(await post(body)).toBe(200), { received: 1, quarantined: 1 })
    expect(codeOf(await host.get('/api/quarantine', AKI))).toBe('not-administrator')
    const { items } = ok(await host.get('/api/quarantine', MINA))
    const held = items.find((one: any) => one.accountId === unknown)
    expect(held.reason).toBe('account-of-no-live-channel')
    expect(JSON.stringify(items)).not.toContain('anybody there?')
    const inspected = ok(await host.get(`/api/quarantine/${held.quarantineId}`, MINA))
    expect(inspected.raw).toContain('anybody there?')
    ok(
      await host.post(
        '/api/channels',
        { accountId: unknown, name: 'Late', departmentId: 'support', agents: ['aki'] },
        MINA,
      ),
    )
    await counted(async () => ok(await host.post(`/api/quarantine/${held.quarantineId}/rerun`, {}, MINA)), {
      recorded: 1,
      quarantined: -1,
    })
    expect((await host.post(`/api/quarantine/${held.quarantineId}/rerun`, {}, MINA)).status).toBe(404)
    expect((await host.post('/api/quarantine/nonsense/rerun', {}, MINA)).status).toBe(404)
  })
})

describe('the HTTP interface', () => {
  it('lets operators, and nobody else, have unknown messages read again', async () => {
    expect(codeOf(await host.post('/api/unknown-messages/read-again', {}, AKI))).toBe('not-administrator')
    const done = ok(await host.post('/api/unknown-messages/read-again?limit=10', {}, MINA))
    expect(done).toMatchObject({ looked: expect.any(Number), read: 0 })
    expect((await host.post('/api/unknown-messages/read-again?limit=0', {}, MINA)).status).toBe(422)
  })

  it('names the field, the limit and what was given', async () => {
    const move = (body: unknown) => host.post('/api/clock/move', body)
    expect(factsOf(await move({ milliseconds: -1 }))).toMatchObject({ field: 'milliseconds', given: '-1' })
    expect(factsOf(await move({ span: 'century' }))).toMatchObject({ field: 'span', given: 'century' })
    expect(factsOf(await host.get('/api/inbox?limit=0'))).toMatchObject({ field: 'limit', given: '0' })
    expect(factsOf(await host.get('/api/inbox?view=secret'))).toMatchObject({ field: 'view', given: 'secret' })
    const rio = await someone('Rio')
    await rio.says('Hello')
    for (const path of ['/api/inbox', `/api/conversations/${await rio.conversationId()}/transcript`]) {
      for (const cursor of ['nonsense', '{}', '%00', encodeURIComponent('{"a":1}')]) {
        const answer = await host.get(`${path}?cursor=${encodeURIComponent(cursor)}`)
        expect([200, 422], `${path} ${cursor}`).toContain(answer.status)
      }
      expect(factsOf(await host.get(`${path}?cursor=nonsense`))).toMatchObject({ field: 'cursor' })
    }
    expect(factsOf(await host.put('/api/platform/faults', { loseAnswer: 2 }))).toMatchObject({ field: 'loseAnswer' })
  })

  it('answers 401 without an actor, 404 to what is not there, 405, 413 and 415', async () => {
    expect((await host.raw('/api/inbox', {})).status).toBe(401)
    expect((await host.get('/api/inbox', 'somebody')).status).toBe(401)
    expect((await host.get('/api/nothing')).status).toBe(404)
    expect((await host.post('/api/inbox', {})).status).toBe(405)
    // Whoever asks for what is not there hears no more than of what is somebody else's.
    expect(codeOf(await host.get('/api/tickets/nonsense', MINA))).toBe('not-associated')
    expect(codeOf(await host.get('/api/conversations/nonsense', MINA))).toBe('not-associated')
    expect((await host.get('/api/phone/1/2')).status).toBe(404)
    const large = await host.post('/api/clock/move', { span: 'x'.repeat(70_000) })
    expect(large.status).toBe(413)
    expect(factsOf(large)).toMatchObject({ limit: 65_536 })
    expect(
      (await host.raw('/api/clock/hold', { method: 'POST', body: 'a=b', headers: { 'x-actor': AKI } })).status,
    ).toBe(415)
    expect(
      (
        await host.raw('/api/clock/hold', {
          method: 'POST',
          body: '{',
          headers: { 'content-type': 'application/json', 'x-actor': AKI },
        })
      ).status,
    ).toBe(400)
    expect(
      (await host.raw('/api/clock/hold', { method: 'POST', headers: { origin: 'https://elsewhere.example' } })).status,
    ).toBe(403)
    expect((await host.raw('/%E0%A4%A', {})).status).toBe(400)
    expect((await host.raw('/../package.json', {})).status).toBe(404)
  })

  it('does nothing twice for one idempotency key', async () => {
    const rio = await someone('Rio')
    await rio.says('Hello')
    const id = await rio.conversationId()
    const twice = () =>
      host.post(`/api/conversations/${id}/reply`, { text: 'Once' }, AKI, { 'idempotency-key': 'one-click' })
    const both = [ok(await twice()), ok(await twice())]
    expect(both[0].replyId).toBe(both[1].replyId)
    await eventually(async () => expect(await rio.received()).toEqual(['Once']))
  })

  it('shows no stack trace and writes no content into its log', () => {
    expect(host.complaints()).not.toMatch(/\n\s+at /)
    for (const word of ['forged', 'regretted', 'anybody there?', host.appSecret])
      expect(host.complaints()).not.toContain(word)
  })
})

describe('a platform that fails', () => {
  /** Where the newest reply of the conversation stands. */
  const newestReply = async (id: string): Promise<any> =>
    (await transcript(id)).findLast((item) => item.kind === 'reply').reply.progress
  const eventuallyIs = (id: string, status: string) =>
    eventually(async () => expect((await newestReply(id)).status).toBe(status))
  const partIsUnknown = (id: string) =>
    eventually(async () => expect((await newestReply(id)).parts[0].status).toBe('unknown'))

  it('settles a lost answer whose echo is lost too by one look at the conversation, and sends nothing twice', async () => {
    const nao = await someone('Nao')
    await nao.says('Hello')
    const id = await nao.conversationId()
    ok(await host.put('/api/platform/faults', { loseAnswer: 1, dropEcho: 1 }))
    ok(await on(id, 'reply', { text: 'Did it arrive?' }))
    await partIsUnknown(id)
    ok(await host.put('/api/platform/faults', {}))
    await move(60_000)
    await eventuallyIs(id, 'sent')
    expect((await newestReply(id)).parts[0].settledBy).toBe('look')
    expect(await nao.received()).toEqual(['Did it arrive?'])
  })

  it('never repeats a send of unknown outcome: unconfirmed, until an agent accepts that it may arrive twice', async () => {
    const aya = await someone('Aya')
    await aya.says('Hello')
    const id = await aya.conversationId()
    ok(await host.put('/api/platform/faults', { serverError: 1 }))
    const { replyId } = ok(await on(id, 'reply', { text: 'Lost on the way' }))
    await partIsUnknown(id)
    ok(await host.put('/api/platform/faults', {}))
    await move(60_000)
    await eventuallyIs(id, 'unconfirmed')
    expect(await aya.received()).toEqual([])
    expect(codeOf(await on(id, 'resend', { replyId }))).toBe('may-arrive-twice')
    ok(await on(id, 'resend', { replyId, mayArriveTwice: true }))
    await eventuallyIs(id, 'sent')
    expect(await aya.received()).toEqual(['Lost on the way'])
  })

  it('waits while the token is dead and sends when the account is connected again', async () => {
    const sho = await someone('Sho')
    await sho.says('Hello')
    const id = await sho.conversationId()
    ok(await host.post('/api/platform/token', { accountId: host.accountId, state: 'expired' }))
    const { channelId } = ok(await host.get(`/api/conversations/${id}`))
    ok(await on(id, 'reply', { text: 'Patience' }))
    const authorization = async () => ok(await host.get(`/api/channels/${channelId}`, MINA)).authorization
    await eventually(async () => expect(await authorization()).toBe('lost'))
    await sho.says('Still there?')
    ok(await host.post(`/api/channels/${channelId}/reconnect`, {}, MINA))
    await move(120_000)
    await eventually(async () => expect(await sho.received()).toEqual(['Patience']))
    expect(await authorization()).toBe('connected')
  })

  it('joins an echo that comes before the answer', async () => {
    const rin = await someone('Rin')
    await rin.says('Hello')
    const id = await rin.conversationId()
    ok(await host.put('/api/platform/faults', { echoFirst: 1, duplicate: 1, reorder: 1 }))
    ok(await on(id, 'reply', { text: 'Echo first' }))
    await eventually(async () => expect(await rin.received()).toEqual(['Echo first']))
    ok(await host.put('/api/platform/faults', {}))
    await eventually(async () => {
      const { waiting } = ok(await host.get('/api/platform/ledger'))
      expect(waiting).toBe(0)
    })
    await eventually(async () => {
      const shown = (await transcript(id)).filter((item) => JSON.stringify(item).includes('Echo first'))
      expect(shown).toMatchObject([{ kind: 'reply', parts: [{ status: 'sent' }] }])
    })
  })

  it('keeps the balance that the platform counts, refused and repeated deliveries included', async () => {
    const fresh = '17841400000000077'
    ok(await host.put('/api/departments', { departments: ['sales', 'support', 'press', 'legal'] }, MINA))
    ok(
      await host.post(
        '/api/channels',
        { accountId: fresh, name: 'Counted', departmentId: 'press', agents: ['aki'] },
        MINA,
      ),
    )
    ok(await host.put('/api/platform/faults', { duplicate: 1, reorder: 0.5 }))
    const people = await Promise.all(['A', 'B', 'C'].map((name) => someone(name, fresh)))
    await Promise.all(people.map(async (person) => void (await Promise.all([person.says('1'), person.says('2')]))))
    ok(await host.put('/api/platform/faults', {}))
    await eventually(async () => {
      const { delivered, waiting } = ok(await host.get(`/api/platform/ledger?accountId=${fresh}`))
      expect(waiting).toBe(0)
      const { accounts } = await balance()
      expect(accounts[fresh]).toMatchObject({ received: 12, recorded: 6, duplicates: 6 })
      expect(delivered.accepted).toBe(accounts[fresh].received)
    })
  })
})
