import { acting, get, post, put } from './api.js'
import { choice } from './dialogs.js'
import { button, h, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { timeElement, shortTime } from './time.js'

const COUNTS = ['received', 'recorded', 'duplicates', 'ignored', 'quarantined', 'unanswered']
const FAULTS = [
  ['duplicate', 'Deliver everything twice'],
  ['reorder', 'Deliver out of order'],
  ['echoFirst', 'Echo before the answer'],
  ['loseAnswer', 'Lose the answers to sends'],
  ['dropEcho', 'Lose the echoes'],
  ['throttle', 'Throttle sends'],
  ['serverError', 'Server errors'],
]
const TOKENS = ['expired', 'password-changed', 'app-removed', 'checkpoint']
const CONDITIONS = ['access-off', 'restricted', 'blocked-business', 'link-broken', 'permission-missing']

/** Balance, quarantine and deliveries of the desk, and what goes wrong at the simulated platform. */
export const operationsPanel = (root) => {
  const balance = h('section', { class: 'card' })
  const quarantine = h('section', { class: 'card' })
  const faults = h('section', { class: 'card' })
  const forOthers = h('p', { class: 'strip' }, h('span', {}, 'Balance and quarantine are for administrators.'))
  refill(root, forOthers, balance, quarantine, faults)

  const showBalance = async () => {
    const [sheet, ledger] = await Promise.all([
      tried(() => get('/api/balance')),
      tried(() => get('/api/platform/ledger')),
    ])
    if (sheet === undefined || ledger === undefined) return refill(balance, h('h2', {}, 'Balance'))
    const line = (name, counts) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, name),
        COUNTS.map((count) => h('td', { class: 'number' }, String(counts[count]))),
      )
    const { accepted, refused, unanswered } = ledger.delivered
    refill(
      balance,
      h('h2', {}, 'Balance of what was delivered'),
      h(
        'div',
        { class: 'wide' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', {}, 'Account'),
              COUNTS.map((count) => h('th', { scope: 'col' }, count)),
            ),
          ),
          h(
            'tbody',
            {},
            Object.entries(sheet.accounts).map(([accountId, counts]) =>
              line(accountId === '' ? '(names none)' : accountId, counts),
            ),
            line('Together', sheet.total),
          ),
        ),
      ),
      h(
        'p',
        { class: 'row' },
        h(
          'span',
          { class: `badge ${sheet.balances ? 'good' : 'bad'}` },
          sheet.balances ? 'balances' : 'does not balance',
        ),
        h(
          'small',
          {},
          `The platform counts ${accepted} events answered 200, ${refused} refused, ${unanswered} without an answer; ${ledger.waiting} wait.`,
        ),
      ),
      Object.keys(sheet.ignored).length > 0 &&
        h(
          'small',
          {},
          `Ignored: ${Object.entries(sheet.ignored)
            .map(([name, count]) => `${count} × ${name}`)
            .join(', ')}`,
        ),
    )
  }

  const rerun = async (quarantineId) => {
    await tried(async () => {
      const { outcome } = await post(`/api/quarantine/${quarantineId}/rerun`)
      return outcome
    }, 'It was read again.')
    refresh()
  }
  const inspect = async (quarantineId, place) => {
    const seen = await tried(() => get(`/api/quarantine/${quarantineId}`))
    if (seen !== undefined) refill(place, h('pre', {}, seen.raw))
  }

  const showQuarantine = async () => {
    if (quarantine.querySelector('pre') !== null && quarantine.contains(document.activeElement)) return
    const held = await tried(() => get('/api/quarantine', { limit: 20 }))
    const items = held?.items ?? []
    refill(
      quarantine,
      h('h2', {}, 'Quarantine'),
      items.length === 0 && h('p', { class: 'empty' }, 'Nothing waits here.'),
      items.map((item) => {
        const place = h('div', {})
        return h(
          'div',
          { class: 'stack' },
          h(
            'div',
            { class: 'row' },
            h('span', { class: 'badge warn' }, item.reason),
            h('span', { class: 'grow' }, item.detail, ' ', h('small', {}, `account ${item.accountId || 'unknown'}`)),
            timeElement(item.receivedAt, shortTime(item.receivedAt)),
            item.status !== undefined && h('span', { class: 'badge' }, item.status),
            button('Look', () => inspect(item.quarantineId, place)),
            button('Run again', () => rerun(item.quarantineId)),
          ),
          place,
        )
      }),
    )
  }

  const showFaults = async () => {
    if (faults.contains(document.activeElement) && document.activeElement.matches('select')) return
    const [now, phones] = await Promise.all([tried(() => get('/api/platform/faults')), tried(() => get('/api/phone'))])
    if (now === undefined || phones === undefined) return
    const toggles = FAULTS.map(([name, label]) => {
      const input = h('input', {
        type: 'checkbox',
        checked: now.faults[name] > 0,
        'data-key': `fault-${name}`,
        onchange: () => setFaults(),
      })
      return { name, input, label: h('label', { class: 'check' }, input, label) }
    })
    const setFaults = async () => {
      const wanted = Object.fromEntries(toggles.filter(({ input }) => input.checked).map(({ name }) => [name, 1]))
      await tried(() => put('/api/platform/faults', wanted))
    }
    const accounts = phones.accounts.map(({ accountId, username }) => [accountId, `@${username}`])
    const account = choice('Account', accounts, accounts[0]?.[0])
    const token = choice('Token', TOKENS, 'expired')
    const condition = choice('Condition', CONDITIONS, 'access-off')
    refill(
      faults,
      h('h2', {}, 'What goes wrong at the simulated platform'),
      h(
        'p',
        { class: 'row' },
        toggles.map(({ label }) => label),
      ),
      h(
        'p',
        { class: 'row' },
        h('span', {}, 'Graph API:'),
        choice(
          'Graph API',
          [
            ['none', 'works'],
            ['errors', 'answers 502'],
            ['refuse', 'cuts connections'],
          ],
          now.outage,
          (event) => tried(() => put('/api/platform/outage', { kind: event.target.value })),
        ),
      ),
      h(
        'p',
        { class: 'row' },
        account,
        token,
        button('Let the token die', () =>
          tried(
            () => post('/api/platform/token', { accountId: account.value, state: token.value }),
            'The token is dead; the next send will notice.',
          ),
        ),
        condition,
        button('On', () =>
          tried(
            () => post('/api/platform/condition', { accountId: account.value, condition: condition.value, on: true }),
            'It is so from now on.',
          ),
        ),
        button('Off', () =>
          tried(
            () => post('/api/platform/condition', { accountId: account.value, condition: condition.value, on: false }),
            'It is over.',
          ),
        ),
      ),
    )
  }

  const refresh = soon(async () => {
    const operates = acting.get().startsWith('administrator:')
    balance.hidden = !operates
    quarantine.hidden = !operates
    forOthers.hidden = operates
    await Promise.all([...(operates ? [showBalance(), showQuarantine()] : []), showFaults()])
  }, 150)
  return { refresh }
}
