import { acting, del, get, me, post, put } from './api.js'
import { choice, confirmed, field, formDialog } from './dialogs.js'
import { button, h, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { fullTime } from './time.js'
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

const delayWords = (delay) => (delay === 'never' ? 'never' : String(delay))
const delayFrom = (text) => (text.trim() === 'never' ? 'never' : Number(text))

/** Channels and departments. Everybody sees their channels; only administrators may change them. */
export const administrationPanel = (root) => {
  let host = { departments: [], people: [], accounts: [] }
  let departments = []

  const done = async (work, words) => {
    const result = await tried(work, words)
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
          channel.status !== 'deleted' &&
          button('Connect again', () => done(() => post(`${path}/reconnect`), 'Connected again.')),
      ),
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
              : button('Enable', () =>
                  done(() => post(`${path}/enable`), 'Enabled. What was missed can be fetched in each conversation.'),
                ),
            button('Delete …', () => askDelete(channel, path), { class: 'danger' }),
          ),
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

  const refresh = soon(async () => {
    // A form that somebody is filling in stays as it is.
    if (root.contains(document.activeElement) && document.activeElement.matches('input, select')) return
    if (root.querySelector('details[open]') !== null && !root.contains(document.activeElement)) return
    const [about, answer] = await Promise.all([tried(() => get('/api/host')), tried(() => get('/api/channels'))])
    if (about === undefined || answer === undefined) return
    host = about
    const channels = answer.items
    departments = host.departments
    const mayChange = acting.get().startsWith('administrator:')
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
