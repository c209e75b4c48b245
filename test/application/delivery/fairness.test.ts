import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { meta } from 'madoguchi/meta'
import {
  afterwards,
  ACCOUNT,
  aki,
  caughtUp,
  NOBODY_DIES,
  NOON,
  openDesk,
  post,
  says,
  SECRET,
  settled,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

it('calls that hang on one channel leave places for the replies of another', async () => {
  let hangingCalls = 0
  const silentServer = createServer(() => void hangingCalls++)
  await new Promise<void>((resolve) => silentServer.listen(0, '127.0.0.1', resolve))
  afterwards(async () => {
    silentServer.closeAllConnections()
    silentServer.close()
  })
  const { port } = silentServer.address() as AddressInfo
  const answering = createServer((_, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ recipient_id: '1', message_id: `mid-${Math.random()}` })),
  )
  await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve))
  afterwards(async () => void answering.close())
  const opened = await openDesk({
    meta: meta({
      appSecrets: [SECRET],
      verifyToken: 'verify',
      hosts: {
        facebook: `http://127.0.0.1:${port}`,
        instagram: `http://127.0.0.1:${(answering.address() as AddressInfo).port}`,
      },
    }),
    delivery: { concurrency: 8, callTimeout: 60_000, stopWithin: 10 },
    ...NOBODY_DIES,
  })
  const { desk } = opened
  await withOrganization(desk)
  const hanging = '17841499000000009'
  await desk.channels.create(
    { kind: 'administrator', id: 'sato', organizationId: 'acme' },
    {
      organizationId: 'acme',
      name: 'Hanging',
      departmentId: 'sales',
      account: { accountId: hanging, flavour: 'facebook-login', pageId: '1' },
      token: 'token',
      agents: ['aki'],
    },
  )
  await withChannel(desk, ACCOUNT)
  const messages = Array.from({ length: 30 }, (_, n) =>
    says(`a${n}`, 'Hello?', { account: hanging, customer: `${n + 1}` }),
  )
  await post(desk, {
    object: 'instagram',
    entry: [
      { id: hanging, time: NOON, messaging: messages },
      { id: ACCOUNT, time: NOON, messaging: [says('b', 'Hello?')] },
    ],
  })
  await caughtUp(opened)
  const { items } = await desk.inbox.list(aki, { limit: 50 })
  const other = items.find(({ accountId }) => accountId === ACCOUNT)
  const hung = items.filter(({ accountId }) => accountId === hanging)
  await Promise.all(hung.map(({ conversationId }) => desk.conversations.reply(aki, { conversationId, text: 'Yes?' })))
  await until(async () => hangingCalls > 0)
  await settled(opened)
  const { replyId } = await desk.conversations.reply(aki, { conversationId: other?.conversationId ?? '', text: 'Yes?' })
  const sent = await until(async () => {
    const delivery = await desk.worklists.delivery(aki, { replyId }).catch(() => undefined)
    return delivery?.status === 'sent' && delivery
  })
  expect(sent.attempts).toHaveLength(1)
})
