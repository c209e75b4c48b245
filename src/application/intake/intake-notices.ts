import type { Notice } from '../notices.ts'
import type { QuarantineReason } from '../ports/platform.ts'

export const HANDSHAKE_REFUSED: Notice = {
  message: 'a handshake with the webhook was refused',
  means: "the verify token in Meta's dashboard is not the one in the options, or somebody else opened this address",
  remedy: "write the same text into `verifyToken` and into the dashboard's webhook settings, and verify again",
}

export const NO_REQUEST: Notice = {
  message: 'a webhook was given to the desk as something that is no Request of the web platform',
  means: "a request of Node's HTTP server, of Express or of another framework was given to `handle` as it is",
  remedy: 'mount it with nodeListener of madoguchi/node, or give it the Request that the framework has',
}

export const NO_SIGNATURE: Notice = {
  message: 'a webhook came without a signature',
  means: 'somebody other than Meta called this address, or a proxy drops the header x-hub-signature-256',
  remedy: 'if messages are missing, let the header through as it is',
}

export const WRONG_SIGNATURE: Notice = {
  message: 'a webhook came without a valid signature',
  means: 'no app secret in the options belongs to the app that signed, or the body was changed on its way',
  remedy:
    'put the secret of the Meta app, and for Instagram Login that of the Instagram app, into `appSecrets`; give the desk the bytes as they were received',
}

export const WRITTEN_AGAIN: Notice = {
  message: 'a webhook was signed, but its JSON was read and written again before it came to the desk',
  means: 'a body parser ran first: the signature is over the bytes that Meta sent, which are written differently',
  remedy: 'mount the desk before any body parser such as express.json(), and give it the raw body',
}

export const BODY_ALREADY_READ: Notice = {
  message: 'the body of a webhook was already read before it came to the desk',
  means: 'a body parser or other middleware ran first',
  remedy: 'mount the desk before any body parser such as express.json(), and give it the request unread',
}

export const BODY_TOO_LARGE: Notice = {
  message: 'a webhook body is larger than the limit',
  means: 'somebody other than Meta sent it: Meta sends at most 1,000 events in one body',
  remedy: 'none is needed',
}

export const BODY_TOO_SLOW: Notice = {
  message: 'a webhook body did not arrive in time',
  means: 'a sender or a proxy stopped halfway, or somebody other than Meta keeps connections open',
  remedy: 'look at the proxy in front of the desk if Meta reports failed deliveries',
}

export const BODY_WITHOUT_ROOM: Notice = {
  message: 'a webhook body was given up: the bodies that arrive at the same time are larger than the limit',
  means: 'somebody other than Meta sends large bodies with false signatures, and this was the largest',
  remedy: 'let the proxy in front of the desk refuse large bodies and too many connections of one sender',
}

const LOOK = 'look at it with operations.inspect'
const AGAIN = 'run it again with operations.rerun'

const quarantined = (why: string, means: string, remedy: string): Notice => ({
  message: `an event of a webhook was quarantined: ${why}`,
  means,
  remedy,
})

export const WRONG_ACCOUNT_ID: Notice = quarantined(
  'a channel was created with another id of its account',
  "the account id of the channel is the app-scoped `id` of Graph's /me, or the id of the Page; webhooks name the account by `user_id`, which is the id of this event",
  `delete that channel, create one with the account id of this event, then ${AGAIN}`,
)

/** What a quarantined event usually means, by its reason. */
export const QUARANTINED: Readonly<Record<QuarantineReason, Notice>> = {
  'not-json': quarantined(
    'its body is signed, but is no JSON',
    'another program that knows the app secret sent it, or a proxy cut it off',
    LOOK,
  ),
  'unreadable-envelope': quarantined(
    'its envelope cannot be read',
    'Meta changed the shape of its webhooks, or another program that knows the app secret sent it',
    `${LOOK}; once a version of this library reads it, ${AGAIN}`,
  ),
  'unreadable-member': quarantined(
    'a known member of it cannot be read',
    'Meta changed that member',
    `${LOOK}; once a version of this library reads it, ${AGAIN}`,
  ),
  'unknown-member': quarantined(
    'it is of a kind that this version does not know',
    'Meta has something new, or a webhook field is subscribed that is not needed',
    `unsubscribe the field, or once a version of this library reads it, ${AGAIN}`,
  ),
  'account-not-a-party': quarantined(
    'neither its sender nor its recipient is its account',
    'another program that knows the app secret sent it',
    LOOK,
  ),
  'account-of-no-live-channel': quarantined(
    'its account is connected to no live channel',
    "the channel was deleted or never created, or it was created with another id: webhooks name the account by Graph's `user_id`, which is not the app-scoped `id`",
    `create a channel with this account id, then ${AGAIN}`,
  ),
  'over-limit': quarantined(
    'it is larger than this product takes',
    'somebody other than Meta sent it: Meta stays far below',
    LOOK,
  ),
}
