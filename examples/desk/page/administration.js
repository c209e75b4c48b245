import { acting, del, get, me, post, put } from './api.js'
import { choice, confirmed, field, formDialog } from './dialogs.js'
import { button, h, refill, soon } from './dom.js'
import { notice, tried } from './notices.js'
import { fullTime, timeElement } from './time.js'
import { reason } from './words.js'

const readIcon = async (file) => {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let index = 0; index < bytes.length; index += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(index, index + 0x8000))
  return { fileName: file.name, base64: btoa(binary) }
}

const AUTHORIZATION = {
  connected: ['good', 'connected'],
  suspended: ['warn', 'access suspended: replies wait until the owner allows access again'],
  lost: ['bad', 'connection lost: replies wait until the account is connected again'],
  restricted: ['bad', 'restricted by Meta: nothing can be sent'],
}

const many = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`

/** What asking Meta for what was missed has brought. */
const fetchedInWords = ({ recovered, left, problem }) =>
  [
    recovered === 0
      ? 'Nothing more was found.'
      : `${many(recovered, 'message')} ${recovered === 1 ? 'stands' : 'stand'} in the conversations now.`,
    left > 0 && problem === undefined && `Instagram has no content any more for ${many(left, 'receipt')}.`,
    problem !== undefined && `${reason(problem)} ${many(left, 'receipt')} left: try again later.`,
  ]
    .filter(Boolean)
    .join(' ')

const READ_WHAT = {
  inbox: 'the inbox',
  transcript: 'a conversation',
  search: 'what a search found',
  deliveries: 'the deliveries',
  'pending-conversions': 'the pending conversions',
  tickets: 'the tickets',
}

const delayWords = (delay) => (delay === 'never' ? 'never' : String(delay))
const delayFrom = (text) => (text.trim() === 'never' ? 'never' : Number(text))

/** Channels and departments. Everybody sees their channels; only administrators may change them. */
export const administrationPanel = (root) => {
  let host = { departments: [], people: [], accounts: [] }
  let departments = []
  /** A change was made here: it is shown, also while a form is open. */
  let changed = false
  /** Of which channels one sees what administrators read. */
  const readsShown = new Set()

  const done = async (work, words) => {
    const result = await tried(work, words)
    changed ||= result !== undefined
    refresh()
    return result
  }

  const departmentsForm = () => {
    const input = h('input', { value: departments.join(', '), 'aria-label': 'Departments' })
    return h(
      'form',
      {
        class: 'card',
        onsubmit: (event) => {
          event.preventDefault()
          const list = input.value
            .split(',')
            .map((one) => one.trim())
            .filter((one) => one !== '')
          void done(() => put('/api/departments', { departments: list }), 'Departments are set.')
        },
      },
      h('h3', {}, 'Departments'),
      h('p', { class: 'row' }, h('span', { class: 'grow stack' }, input), h('button', {}, 'Set')),
      h(
        'small',
        {},
        'As many live channels as departments. If there are fewer one day, channels stay and new ones are refused.',
      ),
    )
  }

  const create = () => {
    const name = h('input', { required: true, maxlength: '400' })
    const department = choice('Department', departments, departments[0])
    const account = h('input', { list: 'accounts', required: true, inputmode: 'numeric', pattern: '[0-9]{5,24}' })
    const list = h(
      'datalist',
      { id: 'accounts' },
      host.accounts.map(({ accountId, username }) => h('option', { value: accountId }, username)),
    )
    const delay = h('input', { value: '60' })
    const icon = h('input', { type: 'file', accept: '.jpg,.jpeg,.png' })
    formDialog(
      'A new channel',
      'Create',
      h(
        'div',
        { class: 'fields' },
        field('Name', name),
        field('Department', department),
        field('Instagram account id (a new one is opened on the simulated platform)', account),
        list,
        field('Ticket after (minutes, or never)', delay),
        field('Icon (.jpg or .png, at most 1 MB)', icon),
      ),
      () =>
        done(async () => {
          const [file] = icon.files
          return post('/api/channels', {
            name: name.value,
            departmentId: department.value,
            accountId: account.value,
            conversion: { delay: delayFrom(delay.value) },
            agents: host.people.filter(({ kind }) => kind === 'agent').map(({ id }) => id),
            ...(file !== undefined && { icon: await readIcon(file) }),
          })
        }, 'The channel is there.'),
    )
  }

  const iconOf = ({ channelId, settings }) => {
    if (settings.icon === null) return h('span', { class: 'icon', 'aria-hidden': 'true' }, [...settings.name][0])
    const query = new URLSearchParams({ actor: acting.get(), of: settings.icon.blobId })
    return h('img', { class: 'icon', alt: '', src: `/api/channels/${encodeURIComponent(channelId)}/icon?${query}` })
  }

  const settingsForm = (channel, path) => {
    const { settings } = channel
    const name = h('input', { value: settings.name })
    const department = choice(
      'Department',
      [...new Set([...departments, settings.departmentId])],
      settings.departmentId,
    )
    const delay = h('input', { value: delayWords(settings.conversion.delay) })
    const after = choice(
      'After a ticket',
      [
        ['new-ticket', 'a new ticket'],
        ['thread-while-open', 'joins the open ticket'],
      ],
      settings.conversion.afterTicket,
    )
    const check = (label, value) => {
      const input = h('input', { type: 'checkbox', checked: value })
      return [input, h('label', { class: 'check' }, input, label)]
    }
    const [cancel, cancelLabel] = check('An answer takes the pending ticket away', settings.conversion.cancelOnAnswer)
    const [assignee, assigneeLabel] = check('Only the assignee answers', settings.assigneeOnly)
    const [media, mediaLabel] = check('Receive audio and video', settings.receiveAudioVideo)
    const [mention, mentionLabel] = check('A story mention opens the window', settings.storyMentionOpensWindow)
    const [reaction, reactionLabel] = check('A reaction opens the window', settings.reactionOpensWindow)
    const icon = h('input', { type: 'file', accept: '.jpg,.jpeg,.png' })
    return h(
      'details',
      {},
      h('summary', {}, 'Settings'),
      h(
        'form',
        {
          class: 'stack',
          onsubmit: (event) => {
            event.preventDefault()
            void done(async () => {
              const [file] = icon.files
              return put(path, {
                name: name.value,
                departmentId: department.value,
                conversion: { delay: delayFrom(delay.value), afterTicket: after.value, cancelOnAnswer: cancel.checked },
                assigneeOnly: assignee.checked,
                receiveAudioVideo: media.checked,
                storyMentionOpensWindow: mention.checked,
                reactionOpensWindow: reaction.checked,
                ...(file !== undefined && { icon: await readIcon(file) }),
              })
            }, 'Settings are saved. A changed delay touches new schedules only.')
          },
        },
        h(
          'div',
          { class: 'fields' },
          field('Name', name),
          field('Department', department),
          field('Ticket after (minutes, or never)', delay),
          field('A message after a ticket', after),
          field('Icon', icon),
        ),
        h('p', { class: 'row' }, cancelLabel, assigneeLabel, mediaLabel, mentionLabel, reactionLabel),
        h(
          'p',
          { class: 'row end' },
          settings.icon !== null && button('Remove icon', () => done(() => put(path, { icon: null }))),
          h('button', { class: 'primary' }, 'Save settings'),
        ),
      ),
    )
  }

  const agentsLine = (channel, path) => {
    const agents = Object.keys(channel.agents)
    const others = host.people.map(({ id }) => id).filter((id) => !agents.includes(id))
    const add = h('input', {
      list: `others-${channel.channelId}`,
      placeholder: 'agent id',
      'aria-label': 'Agent to associate',
      size: '8',
    })
    return h(
      'div',
      { class: 'row' },
      h('span', {}, 'Agents:'),
      agents.length === 0 && h('small', {}, 'nobody'),
      agents.map((agentId) =>
        h(
          'span',
          { class: 'badge' },
          agentId,
          ' ',
          button('×', () => done(() => del(`${path}/agents/${encodeURIComponent(agentId)}`)), {
            class: 'link',
            'aria-label': `Remove ${agentId}`,
          }),
        ),
      ),
      add,
      h(
        'datalist',
        { id: `others-${channel.channelId}` },
        others.map((id) => h('option', { value: id })),
      ),
      button('Associate', () => done(() => post(`${path}/agents`, { agentId: add.value.trim() }))),
    )
  }

  /** Why nothing can reach the channel, and what an administrator does about it. */
  const mistakeStrip = ({ mistake, account: { accountId } }) =>
    mistake?.kind === 'wrong-account-id' &&
    h(
      'p',
      { class: 'strip bad' },
      h(
        'span',
        {},
        `Nothing can reach this channel: its account is ${mistake.webhookAccountId} to Instagram's webhooks, and ${accountId} is another id of it. `,
        `Delete the channel, create one with ${mistake.webhookAccountId}, and run again what waits in quarantine.`,
      ),
    )

  const missedStrip = ({ status, missed }, path) => {
    if (missed === undefined || missed.receipts === 0) return undefined
    const { receipts } = missed
    const fetchMissed = async () => {
      const result = await done(() => post(`${path}/fetch-missed`))
      if (result !== undefined) notice(fetchedInWords(result), result.problem === undefined ? 'info' : 'error')
    }
    return h(
      'p',
      { class: 'strip warn' },
      h(
        'span',
        {},
        `${many(receipts, 'message')} came while the channel was disabled. There ${receipts === 1 ? 'is a receipt' : 'are receipts'} without content.`,
      ),
      status === 'enabled' && button('Fetch what was missed', fetchMissed),
    )
  }

  const readsList = ({ channelId, reads }) => {
    const toggle = () => {
      if (!readsShown.delete(channelId)) readsShown.add(channelId)
      changed = true
      refresh()
    }
    return h(
      'div',
      { class: 'stack' },
      h(
        'p',
        {},
        button('What administrators read', toggle, {
          class: 'link',
          'aria-expanded': String(reads !== undefined),
          'data-key': `reads-${channelId}`,
        }),
      ),
      reads !== undefined &&
        h(
          'ul',
          { class: 'messages' },
          reads.items.map(({ by, what, at }) =>
            h('li', {}, `${by.id} read ${READ_WHAT[what] ?? what} `, h('small', {}, timeElement(at, fullTime(at)))),
          ),
          reads.items.length === 0 && h('li', {}, h('small', {}, 'Nothing so far.')),
          reads.cursor !== undefined && h('li', {}, h('small', {}, `The newest ${reads.items.length}.`)),
        ),
    )
  }

  const card = (channel, mayChange) => {
    const path = `/api/channels/${encodeURIComponent(channel.channelId)}`
    const [tone, authorization] = AUTHORIZATION[channel.authorization]
    return h(
      'article',
      { class: `card ${channel.status}` },
      h(
        'div',
        { class: 'row' },
        iconOf(channel),
        h(
          'div',
          { class: 'stack grow' },
          h('h3', {}, channel.settings.name),
          h(
            'small',
            {},
            `@${channel.account.username ?? '?'} · account ${channel.account.accountId} · ${channel.settings.departmentId}`,
          ),
        ),
        h('span', { class: `badge ${channel.status === 'enabled' ? 'good' : 'warn'}` }, channel.status),
      ),
      h(
        'p',
        { class: `strip ${tone === 'good' ? '' : tone}` },
        h(
          'span',
          {},
          `Authorization: ${authorization}`,
          channel.authorizationReason !== null && ` (${channel.authorizationReason})`,
        ),
        mayChange &&
          channel.status !== 'deleted' && [
            channel.authorization !== 'connected' &&
              button('Try again with the same token', () =>
                done(() => post(`${path}/reconnect`, { sameToken: true }), 'Tried again: what waited is being sent.'),
              ),
            button('Connect again', () => done(() => post(`${path}/reconnect`), 'Connected again.')),
          ],
      ),
      mistakeStrip(channel),
      mayChange && missedStrip(channel, path),
      h(
        'p',
        { class: 'row' },
        h(
          'label',
          {},
          'Human Agent permission',
          choice('Human Agent permission', ['unknown', 'granted', 'refused'], channel.humanAgent, (event) =>
            done(() => put(`${path}/human-agent`, { permission: event.target.value })),
          ),
        ),
        h(
          'small',
          { class: 'grow' },
          'Meta gives it to the app; with it a person may answer from 24 hours until 7 days.',
        ),
      ),
      agentsLine(channel, path),
      channel.status !== 'deleted' && settingsForm(channel, path),
      mayChange && readsList(channel),
      channel.status === 'deleted'
        ? h(
            'small',
            {},
            `Deleted ${fullTime(channel.deletedAt)}; pending conversions were to ${channel.pendingConversions}.`,
          )
        : h(
            'p',
            { class: 'row end' },
            channel.status === 'enabled'
              ? button('Disable', () =>
                  done(() => post(`${path}/disable`), 'Disabled: nothing is sent or received, everything stays.'),
                )
              : button('Enable', () => enable(path)),
            button('Delete …', () => askDelete(channel, path), { class: 'danger' }),
          ),
    )
  }

  const enable = async (path) => {
    const result = await done(async () => {
      await post(`${path}/enable`)
      return get(`${path}/missed`)
    })
    if (result === undefined) return
    const { receipts } = result
    notice(
      receipts === 0
        ? 'Enabled: sending and receiving go on. Nothing was missed.'
        : `Enabled: sending and receiving go on. ${many(receipts, 'message')} came meanwhile and can be fetched.`,
    )
  }

  const askDelete = async (channel, path) => {
    const sure = await confirmed(
      `Delete ${channel.settings.name}?`,
      'It can only be read from then on. Pending conversions become tickets. Account and slot are free for a new channel. This cannot be taken back.',
      'Delete the channel',
    )
    if (sure) await done(() => del(path, { pendingConversions: 'convert' }), 'The channel is deleted.')
  }

  /** Each channel, for administrators with what was missed and, if it is looked at, what was read. */
  const channelsWith = async (mayChange) => {
    const { items } = await get('/api/channels')
    if (!mayChange) return items
    return Promise.all(
      items.map(async (channel) => {
        const path = `/api/channels/${encodeURIComponent(channel.channelId)}`
        const [missed, reads] = await Promise.all([
          channel.status === 'deleted' ? undefined : get(`${path}/missed`),
          readsShown.has(channel.channelId) ? get(`${path}/reads`, { limit: 20 }) : undefined,
        ])
        return { ...channel, missed, reads }
      }),
    )
  }

  let shownTo
  const refresh = soon(async () => {
    // A form that somebody is filling in stays as it is.
    const isWorking =
      (root.contains(document.activeElement) && document.activeElement.matches('input, select')) ||
      root.querySelector('details[open]') !== null
    if (isWorking && !changed && shownTo === acting.get()) return
    changed = false
    shownTo = acting.get()
    const mayChange = shownTo.startsWith('administrator:')
    const read = await tried(() => Promise.all([get('/api/host'), channelsWith(mayChange)]))
    if (read === undefined) return
    const [about, channels] = read
    host = about
    departments = host.departments
    refill(
      root,
      h(
        'div',
        { class: 'row' },
        h('h2', { class: 'grow' }, 'Channels'),
        mayChange && button('New channel', create, { class: 'primary' }),
      ),
      !mayChange &&
        h(
          'p',
          { class: 'strip' },
          h('span', {}, `${reason('not-administrator')} ${me()} sees the channels they work on.`),
        ),
      mayChange && departmentsForm(),
      channels.map((channel) => card(channel, mayChange)),
      channels.length === 0 && h('p', { class: 'empty' }, 'No channel.'),
    )
  })
  return { refresh }
}
