import { acting, get, me, post } from './api.js'
import { composer } from './composer.js'
import { choice, confirmed, field, formDialog } from './dialogs.js'
import { button, h, keepAtEnd, refill, soon } from './dom.js'
import { nameOf } from './entry.js'
import { connectTranscript } from './live.js'
import { notice, quietly, tried } from './notices.js'
import { countdown, dayOf } from './time.js'
import { quotable, transcriptLine } from './transcript.js'
import { reason } from './words.js'

const PAGE = 60

/** Why an answer cannot be written here, in words; undefined: it can. */
const whyNot = ({ detail: { mayReply, whyNot: why } }) => {
  if (mayReply) return undefined
  if (why?.code === 'not-associated' && acting.get().startsWith('administrator')) {
    return 'You may read this, which is recorded. You cannot answer: you are not among the agents of this channel.'
  }
  return why === undefined ? 'Nobody can write here.' : reason(why.code, why.facts)
}

const windowStrip = ({ window }) => {
  switch (window.state) {
    case 'standard':
      return h(
        'p',
        { class: 'strip' },
        h('span', {}, 'Anyone may answer'),
        countdown(window.standardUntil, (left) => `24-hour window: ${left} left`),
      )
    case 'human-agent':
      return h(
        'p',
        { class: 'strip warn' },
        h('span', {}, 'Only a person may answer'),
        countdown(window.humanAgentUntil, (left) => `7-day window: ${left} left`),
      )
    case 'expired':
      return h(
        'p',
        { class: 'strip bad' },
        h('span', {}, 'The reply window is closed; the customer’s next message opens it'),
      )
    default:
      return h('p', { class: 'strip' }, h('span', {}, 'The customer has never written'))
  }
}

/** One conversation: who has it, what may be done, everything that was said, and the composer. */
export const conversationPane = (changed, close) => {
  let id
  let limit = PAGE
  let shownFor
  let readUpTo = -1

  const header = h('header', {})
  const log = h('div', { class: 'bubbles', role: 'log', 'aria-label': 'Transcript', tabindex: '0' })
  const write = composer(() => refreshAll())
  const element = h('section', { class: 'conversation', 'aria-label': 'Conversation' }, header, log, write.element)

  const base = () => `/api/conversations/${id}`
  const refreshAll = () => {
    refresh()
    changed()
  }
  const act = async (path, body, done) => {
    const result = await tried(() => post(`${base()}/${path}`, body), done)
    refreshAll()
    return result
  }
  const transfer = ({ entry, channel }) => {
    const others = Object.keys(channel.agents).filter((agentId) => agentId !== entry.assignee)
    const to = choice(
      'To',
      [...others.map((agentId) => [agentId, agentId]), ['', 'nobody (back to the queue)']],
      others[0] ?? '',
    )
    formDialog(
      'Hand over',
      'Hand over',
      [h('p', {}, `It belongs to ${entry.assignee ?? 'nobody'} now.`), field('To', to)],
      () => act('transfer', { to: to.value === '' ? null : to.value, seen: entry.assignee }),
    )
  }
  const block = async (entry) => {
    const why = h('input', { maxlength: '200' })
    formDialog(
      `Block ${nameOf(entry)}?`,
      'Block',
      [
        h('p', {}, 'On the desk, not at Instagram: what they send meanwhile is neither shown nor kept.'),
        field('Why (optional)', why),
      ],
      () => act('block', why.value.trim() === '' ? {} : { reason: why.value }),
    )
  }
  const convert = async () => {
    const result = await act('convert')
    if (result?.ticketId !== undefined) notice('It is a ticket now.')
  }

  const showHeader = (all) => {
    const { entry, channel } = all
    const mine = entry.assignee === me()
    const agents = Object.keys(channel.agents)
    const mayWork = agents.includes(me()) && channel.status !== 'deleted'
    const mayTransfer = (mayWork || acting.get().startsWith('administrator')) && channel.status !== 'deleted'
    const ended = entry.ended
    refill(
      header,
      h(
        'div',
        { class: 'row' },
        button('‹ Inbox', close, { class: 'quiet only-narrow', 'data-key': 'back' }),
        h(
          'div',
          { class: 'stack grow' },
          h('h2', {}, nameOf(entry)),
          h(
            'small',
            {},
            `${channel.settings.name} · ${entry.assignee === null ? 'unassigned' : `with ${entry.assignee}`}`,
          ),
        ),
        mayWork && !mine && !ended && button('Pick up', () => act('pick-up'), { 'data-key': 'pick-up' }),
        mayTransfer && button('Hand over …', () => transfer(all), { 'data-key': 'transfer' }),
        mayWork &&
          (ended
            ? button('Reopen', () => act('reopen'), { 'data-key': 'end' })
            : button('End', () => act('end'), { 'data-key': 'end' })),
        mayWork &&
          (entry.blocked === null
            ? button('Block …', () => block(entry), { 'data-key': 'block' })
            : button('Unblock', () => act('unblock'), { 'data-key': 'block' })),
        mayWork && entry.pending === null && button('Make a ticket', convert, { 'data-key': 'convert' }),
      ),
      windowStrip(entry),
      entry.pending !== null &&
        h(
          'p',
          { class: 'strip' },
          countdown(entry.pending.dueAt, (left) => `Becomes a ticket in ${left}`),
          mayWork && button('Convert now', convert, { 'data-key': 'convert' }),
          mayWork && button('Not needed', () => act('dismiss-conversion'), { 'data-key': 'dismiss' }),
        ),
      channel.status === 'disabled' &&
        h('p', { class: 'strip warn' }, h('span', {}, 'The channel is disabled: nothing is sent or received.')),
      channel.authorization !== 'connected' &&
        h('p', { class: 'strip bad' }, h('span', {}, `Connection to Instagram: ${channel.authorization}`)),
      entry.thread?.otherApp &&
        h('p', { class: 'strip warn' }, h('span', {}, 'Another app holds this thread at Instagram.')),
    )
  }

  const refresh = soon(async () => {
    const asked = id
    if (asked === undefined) return
    const all = await tried(async () => {
      const [detail, entry, page] = await Promise.all([
        get(base()),
        get(`${base()}/entry`),
        get(`${base()}/transcript`, { limit, direction: 'backwards' }),
      ])
      const channel = await get(`/api/channels/${entry.channelId}`)
      return { detail, entry, channel, page }
    })
    if (asked !== id) return
    if (all === undefined) return close()
    showHeader(all)
    const items = all.page.items.toSorted((a, b) => a.at - b.at || a.revision - b.revision)
    const context = {
      find: quotable(items),
      quote: write.quote,
      mayAct: Object.keys(all.channel.agents).includes(me()) && all.channel.status === 'enabled',
      resend: (replyId, mayArriveTwice) => resend(replyId, mayArriveTwice),
      withdraw: (replyId) => act('withdraw', { replyId }),
      mayReact: all.detail.mayReply,
      react,
    }
    const isNew = shownFor !== asked
    shownFor = asked
    let day
    keepAtEnd(
      log,
      () =>
        refill(
          log,
          all.page.cursor !== undefined &&
            limit < 200 &&
            button('Earlier messages', () => earlier(), { class: 'quiet', 'data-key': 'earlier' }),
          items.map((item) => {
            const line = dayOf(item.at) === day ? undefined : h('p', { class: 'day' }, dayOf(item.at))
            day = dayOf(item.at)
            return [line, transcriptLine(item, context)]
          }),
        ),
      isNew,
    )
    write.show(asked, whyNot(all), Object.keys(all.channel.agents).includes(me()) && all.channel.status !== 'deleted')
    const newest = Math.max(-1, ...items.map(({ revision }) => revision))
    if (context.mayAct && all.entry.unread > 0 && newest > readUpTo && !document.hidden) {
      readUpTo = newest
      await tried(() => post(`${base()}/read`, { upTo: newest }))
      // Whether it shows on the phone is up to Meta; nobody has to hear that it does not.
      await quietly(() => post(`${base()}/seen`))
    }
  })
  const resend = async (replyId, mayArriveTwice) => {
    const sure =
      !mayArriveTwice ||
      (await confirmed(
        'Send again?',
        'It is not known whether the first one arrived. The customer may get it twice.',
        'Send again',
      ))
    if (sure) await act('resend', { replyId, ...(mayArriveTwice && { mayArriveTwice }) })
  }
  const react = async (messageId, emoji) => {
    const result = await act('react', { messageId, emoji })
    if (result?.done === false) notice(`Instagram did not take the reaction: ${reason(result.why)}`, 'error')
  }
  const earlier = () => {
    limit = Math.min(200, limit + PAGE)
    refresh()
  }

  const live = connectTranscript(refresh)

  return {
    element,
    refresh,
    open: (conversationId) => {
      if (conversationId === id) return
      id = conversationId
      limit = PAGE
      readUpTo = -1
      live.follow(id)
      refresh()
    },
    close: () => {
      live.follow(undefined)
      id = undefined
      shownFor = undefined
    },
  }
}
