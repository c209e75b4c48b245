import { createDesk, type Desk, type DeskOptions, type Log, type Store } from 'madoguchi'
import { meta } from 'madoguchi/meta'

export const SECRET = 'a secret of the bench, of no account'
export const ORGANIZATION = 'acme'
export const ACCOUNT = '17841499000000001'
export const SYSTEM = { kind: 'system' } as const
export const ADMINISTRATOR = { kind: 'administrator', id: 'sato', organizationId: ORGANIZATION } as const
export const AKI = { kind: 'agent', id: 'aki', organizationId: ORGANIZATION } as const
export const BO = { kind: 'agent', id: 'bo', organizationId: ORGANIZATION } as const

const complain = (message: string, facts?: object): void => console.error(message, facts ?? '')
/** What goes wrong in a bench is no figure: it is shown. */
const loud: Log = { info: () => {}, warn: complain, error: complain }
/** Where views cannot be read for long, because they are being built, and workers say so. */
export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }

const platform = meta({ appSecrets: [SECRET], verifyToken: 'verify' })
let sent = 0

/** A desk whose messages reach nobody: Meta takes everything at once. */
export const benchDesk = (store: Store, options: Partial<DeskOptions> = {}): Desk =>
  createDesk({
    store,
    meta: {
      platform: platform.platform,
      messenger: {
        ...platform.messenger,
        send: async () => ({ kind: 'sent', mid: `sent-${process.pid}-${++sent}` }),
        profile: async () => ({ kind: 'unavailable' }),
        history: async () => ({ kind: 'found', messages: [] }),
      },
    },
    log: loud,
    ...options,
  })

/** An organization with one channel and two agents. */
export const createChannel = async (desk: Desk): Promise<string> => {
  await desk.organizations.setDepartments(SYSTEM, { organizationId: ORGANIZATION, departments: ['sales', 'support'] })
  const { channelId } = await desk.channels.create(ADMINISTRATOR, {
    organizationId: ORGANIZATION,
    name: 'Acme',
    departmentId: 'sales',
    account: { accountId: ACCOUNT, flavour: 'instagram-login', username: 'acme.shop' },
    token: 'no token',
    agents: [AKI.id, BO.id],
  })
  return channelId
}
