import { describe, expect, it } from 'vitest'
import { MINUTE, sample, send, shape, stage, type Stage } from './harness.ts'

const open = (set: Stage, flavour: 'facebook-login' | 'instagram-login' = 'facebook-login') => {
  const account = set.meta.addAccount({ flavour, username: 'acme.store', name: 'Acme Store' })
  const maria = account.customer({ name: 'Maria Example', username: 'maria.example' })
  const get = (path: string) => set.call(path, { token: account.token })
  return { account, maria, get }
}

describe('conversations', () => {
  it('are listed with ids only, newest first, and found by customer', async () => {
    await using set = await stage()
    const { account, maria, get } = open(set)
    maria.says('hi')
    set.clock.advance(MINUTE)
    const jon = account.customer({ name: 'Jon' })
    jon.says('hi')
    const all = await get('/v25.0/me/conversations?platform=instagram')
    expect(shape(all.body.data)).toEqual(shape(sample('api-conversations.json').data))
    expect(all.body.data).toHaveLength(2)
    const one = await get(`/me/conversations?platform=instagram&user_id=${maria.customerId}`)
    expect(one.body.data).toEqual([all.body.data[1]])
    expect((await get('/me/conversations')).body.error.code).toBe(100)
  })

  it('give the ids of all messages, over pages, but details of the newest 20 only', async () => {
    await using set = await stage()
    const { account, maria, get } = open(set)
    const mids: string[] = []
    for (let n = 0; n < 30; n++) {
      mids.push(maria.says(`${n}`).mid)
      set.clock.advance(MINUTE)
    }
    const { id } = (await get('/me/conversations?platform=instagram')).body.data[0]
    const first = (await get(`/${id}?fields=messages`)).body
    expect(Object.keys(first)).toEqual(['messages', 'id'])
    expect(shape(first.messages.data)).toEqual(shape(sample('api-conversation-messages.json').messages.data))
    const next = await fetch(first.messages.paging.next, { headers: { authorization: `Bearer ${account.token}` } })
    const rest = (await next.json()) as any
    const listed = [...first.messages.data, ...rest.data].map((message: { id: string }) => message.id)
    expect(listed).toEqual(mids.toReversed())
    expect(rest).not.toHaveProperty('paging')

    const detail = (mid: string | undefined) => get(`/${mid}?fields=id,created_time,from,to,message`)
    const newest = await detail(mids.at(-20))
    expect(shape(newest.body)).toEqual(shape(sample('api-message-detail.json')))
    expect(newest.body).toMatchObject({ message: '10', created_time: '2026-09-08T09:10:00+0000' })
    const { httpStatus, body } = sample('error-9000001-deleted.json')
    expect(await detail(mids.at(-21))).toMatchObject({ status: httpStatus, body: { error: { code: body.error.code } } })
  })

  it('give details inside of the list to the newest 20, and bare ids to older ones', async () => {
    await using set = await stage()
    const { maria, get } = open(set, 'instagram-login')
    for (let n = 0; n < 22; n++) maria.says(`${n}`)
    const { id } = (await get('/me/conversations?platform=instagram')).body.data[0]
    const { data } = (await get(`/${id}?fields=messages.limit(22){id,from,message}`)).body.messages
    expect(data.filter((message: object) => 'from' in message)).toHaveLength(20)
    expect(Object.keys(data[21])).toEqual(['id', 'created_time'])
  })

  it('do not show what was unsent', async () => {
    await using set = await stage()
    const { maria, get } = open(set)
    const { mid } = maria.says('gone')
    maria.says('here')
    maria.unsends(mid)
    expect((await get(`/${mid}?fields=message`)).body.error.code).toBe(9000001)
    const { id } = (await get('/me/conversations?platform=instagram')).body.data[0]
    expect((await get(`/${id}?fields=messages`)).body.messages.data).toHaveLength(1)
  })

  it('show media and reactions as in the sample', async () => {
    await using set = await stage()
    const { account, maria, get } = open(set)
    const { mid } = maria.sends({ attachments: [{ type: 'image' }] })
    await set.call('/me/messages', {
      method: 'POST',
      token: account.token,
      body: {
        recipient: { id: maria.customerId },
        sender_action: 'react',
        payload: { message_id: mid, reaction: 'love' },
      },
    })
    const { body } = await get(`/${mid}?fields=id,created_time,from,to,message,attachments,reactions`)
    expect(shape(body)).toEqual(shape(sample('api-message-detail-media.json')))
  })

  it('are refused at the third call of a second', async () => {
    await using set = await stage({ limits: {} })
    const { get } = open(set)
    const path = '/me/conversations?platform=instagram'
    const replies = await Promise.all([get(path), get(path), get(path)])
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(2)
  })
})

describe('profiles', () => {
  const fields =
    'name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user'

  it('are complete after a message, and refused before', async () => {
    await using set = await stage()
    const { maria, get } = open(set)
    const path = `/${maria.customerId}?fields=${fields}`
    expect((await get(path)).body.error.code).toBe(230)
    maria.says('hi')
    expect(shape((await get(path)).body)).toEqual(shape(sample('api-profile.json')))
  })

  it('leave members out for somebody without a name, and tell nothing of somebody who blocked the business', async () => {
    await using set = await stage()
    const { account, get } = open(set)
    const nobody = account.customer({ username: 'maria.example' })
    nobody.says('hi')
    const path = `/${nobody.customerId}?fields=${fields}`
    expect(shape((await get(path)).body)).toEqual(shape(sample('api-profile-minimal.json')))
    nobody.blocksBusiness()
    expect((await get(path)).body.error.code).toBe(9010)
  })

  it('fail as a whole for a field of another API', async () => {
    await using set = await stage()
    const { maria, get } = open(set)
    maria.says('hi')
    expect((await get(`/${maria.customerId}?fields=name,profile_picture_url`)).body.error.code).toBe(100)
  })
})

describe('me', () => {
  it('is the account with Instagram Login: user_id is the id of the webhooks, id is not', async () => {
    await using set = await stage()
    const { account, get } = open(set, 'instagram-login')
    const { body } = await get('/graph.instagram.com/v25.0/me?fields=user_id,username,name,account_type')
    expect(shape(body)).toEqual(shape(sample('api-me-ig-login.json')))
    expect(body).toMatchObject({ user_id: account.accountId, id: account.appScopedId })
  })

  it('is the Page with Facebook Login', async () => {
    await using set = await stage()
    const { account, get } = open(set)
    expect((await get('/me')).body).toEqual({ id: account.pageId, name: 'Acme Store' })
  })
})

describe('thread control', () => {
  it('takes a thread back, so that sends work again', async () => {
    await using set = await stage()
    const { account, maria, get } = open(set)
    maria.says('hi')
    account.passThread(maria.customerId)
    expect((await send(set, account.token, maria.customerId, 'x')).body.error.error_subcode).toBe(2534037)
    const taken = await set.call('/me/take_thread_control', {
      method: 'POST',
      token: account.token,
      body: { recipient: { id: maria.customerId } },
    })
    expect(taken.body).toEqual({ success: true })
    const owner = await get(`/me/thread_owner?recipient=${maria.customerId}`)
    expect(owner.body.data[0].thread_owner.app_id).toBe('1110000000000002')
    expect((await send(set, account.token, maria.customerId, 'x')).status).toBe(200)
  })
})
