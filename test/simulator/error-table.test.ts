import { describe, expect, it } from 'vitest'
import { badGateway, graphErrorResponse } from '../../src/simulator/graph-error.ts'
import { graphErrors, type GraphErrorName } from '../../src/simulator/index.ts'

/** As Meta prints them: HTTP status, code, subcode, text. */
const ERRORS: readonly (readonly [GraphErrorName, number, number, number | undefined, string])[] = [
  ['unknown', 500, 1, 99, 'An unknown error occurred'],
  ['transient', 500, 2, undefined, 'An unexpected error has occurred. Please retry your request later.'],
  ['app-limit', 400, 4, undefined, 'Application request limit reached'],
  ['user-limit', 400, 17, undefined, 'User request limit reached'],
  ['page-limit', 400, 32, undefined, 'Page request limit reached'],
  ['rate-limit', 400, 613, 2534040, 'Calls to this api have exceeded the rate limit.'],
  [
    'instagram-limit',
    400,
    80002,
    undefined,
    'There have been too many calls to this Instagram account. Wait a bit and try again.',
  ],
  [
    'messenger-limit',
    400,
    80006,
    undefined,
    'There have been too many calls to this Messenger account. Wait a bit and try again.',
  ],
  ['window-closed', 403, 10, 2534022, 'This message is sent outside of allowed window.'],
  ['window-closed-messenger', 403, 10, 2018278, 'This message is sent outside of allowed window.'],
  ['permission-missing', 403, 10, undefined, 'Application does not have permission for this action'],
  ['restricted', 403, 10, 1893063, 'You are temporarily restricted from sending messages.'],
  [
    'link-broken',
    403,
    10,
    2534077,
    'Cannot verify the connection between the IG account, the logged in user and the page.',
  ],
  ['bad-parameter', 400, 100, undefined, 'Invalid parameter'],
  [
    'no-such-object',
    400,
    100,
    33,
    'Unsupported request. Object does not exist, cannot be loaded due to missing permissions.',
  ],
  ['no-such-user', 400, 100, 2534014, 'No matching Instagram user'],
  ['no-such-user-messenger', 400, 100, 2018001, 'No matching user found'],
  ['user-not-found', 400, 100, undefined, 'The requested user cannot be found.'],
  ['invalid-data', 400, 100, 2534015, 'Invalid message data'],
  ['media-not-fetched', 400, 100, 2018008, 'Failed to fetch the file from the url.'],
  ['media-type', 400, 100, 2018047, 'Upload attachment failure.'],
  ['media-too-big', 400, 100, 2018109, 'Attachment size exceeds allowable limit'],
  ['foreign-attachment', 400, 100, 2018074, 'The attachment is not yours.'],
  ['private-reply-invalid', 400, 100, 2534025, 'The comment is invalid for a private reply'],
  [
    'business-blocked',
    400,
    100,
    2534029,
    'The business has been blocked from sending messages via the IG Messaging API',
  ],
  ['not-thread-owner', 400, 100, 2534037, "The action is invalid since it's not the thread owner."],
  ['single-image', 400, 100, 2534068, 'Multi image is not available for this account'],
  [
    'thread-owned',
    400,
    2018300,
    undefined,
    'Message failed to send because another app is controlling this thread now.',
  ],
  ['token-invalid', 401, 190, undefined, 'Invalid OAuth access token - Cannot parse access token'],
  ['app-removed', 401, 190, 458, 'Error validating access token: The user has not authorized application.'],
  [
    'checkpoint',
    401,
    190,
    459,
    'Error validating access token: The user must log in at www.facebook.com to fix a problem.',
  ],
  [
    'password-changed',
    401,
    190,
    460,
    'Error validating access token: The session is invalid because the user changed the password.',
  ],
  ['token-expired', 401, 190, 463, 'Error validating access token: Session has expired.'],
  ['access-off', 403, 200, 2534041, 'The account owner has disabled access to instagram direct messages.'],
  [
    'no-advanced-access',
    403,
    200,
    undefined,
    'App does not have Advanced Access to instagram_manage_messages permission, and recipient user does not have role on app',
  ],
  ['person-unavailable', 400, 551, 1545041, "This person isn't available right now."],
  ['person-unavailable-200', 403, 200, 1545041, "Message Not Sent: This person isn't available right now."],
  ['consent-missing', 403, 230, undefined, 'User consent is required to access user profile'],
  ['policy-block', 403, 368, undefined, 'The action attempted has been deemed abusive or is otherwise disallowed'],
  ['no-such-profile', 400, 9010, undefined, 'No matching Instagram user'],
  ['message-deleted', 400, 9000001, undefined, 'This Message has been deleted by the user or the business.'],
  ['application-limit', 400, 341, undefined, 'Application limit reached'],
  [
    'page-use-limit',
    400,
    80001,
    undefined,
    'There have been too many calls to this Page account. Wait a bit and try again.',
  ],
  ['too-many-tagged', 400, 613, 2018338, 'Too many messages with a tag were sent to this person.'],
  ['window-closed-tag', 403, 10, 2018065, 'This message is sent outside of allowed window.'],
  ['cannot-receive', 403, 10, 2018108, 'This person cannot receive messages right now.'],
  ['not-approved', 403, 10, 2018028, 'Cannot message users who are not admins, developers or testers of the app.'],
  ['not-approved-200', 403, 200, 2018028, 'Cannot message users who are not admins, developers or testers of the app.'],
  ['permission-unknown', 403, 10, 2534067, 'Application does not have permission for this action'],
  ['session-invalid', 401, 102, undefined, 'Session key invalid or no longer valid'],
  [
    'unconfirmed',
    401,
    190,
    464,
    'Error validating access token: Sessions are not allowed because the user is not a confirmed user.',
  ],
  [
    'role-lost',
    401,
    190,
    492,
    'Error validating access token: The user must be an administrator, editor, or moderator of the page.',
  ],
  ['page-not-linked', 400, 100, 2534013, 'The Page is not linked to an Instagram account'],
  ['unsupported-request', 400, 100, undefined, 'Unsupported request - method type'],
  ['thread-owned-100', 400, 100, 2018300, 'Message failed to send because another app is controlling this thread now.'],
  ['media-timed-out', 400, 100, 2018294, 'The file could not be fetched in time.'],
  ['policy-block-messages', 403, 2022, undefined, 'This feature is blocked for a time'],
  [
    'policy-block-content',
    403,
    368,
    1390008,
    'The action attempted has been deemed abusive or is otherwise disallowed',
  ],
  ['no-capability', 400, 3, undefined, 'Application does not have the capability to make this API call.'],
  ['not-eligible', 400, 36103, undefined, 'This account is not eligible.'],
  ['profile-unavailable', 400, 2018218, undefined, 'The profile is not available.'],
  ['profile-not-permitted', 403, 2018247, undefined, 'Insufficient permission to access the user profile.'],
  ['id-unresolved', 400, 803, undefined, 'Some of the aliases you requested do not exist'],
  ['malformed-query', 400, 2500, undefined, 'Syntax error in the query'],
]
const TRANSIENT: readonly GraphErrorName[] = ['transient', 'app-limit']

describe('the table of Meta’s errors', () => {
  it('lists all that the simulator answers with', () => {
    expect(Object.keys(graphErrors)).toEqual(ERRORS.map(([name]) => name))
  })

  it.each(ERRORS)('gives %s its status, code, subcode and text, in the words of each flavour', async (...row) => {
    const [name, status, code, subcode, message] = row
    const error = {
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(TRANSIENT.includes(name) ? { is_transient: true } : {}),
      fbtrace_id: 'trace',
    }
    const instagram = graphErrorResponse(name, 'instagram-login', { traceId: 'trace', detail: 'more' })
    expect(instagram.status).toBe(status)
    expect(await instagram.json()).toEqual({ error: { message: `${message}: more`, type: 'IGApiException', ...error } })
    const headers = { 'x-app-usage': '{}' }
    const facebook = graphErrorResponse(name, 'facebook-login', { traceId: 'trace', headers })
    expect([facebook.status, facebook.headers.get('x-app-usage')]).toEqual([status, '{}'])
    const prefix = [1, 2, 190].includes(code) ? '' : `(#${code}) `
    expect(await facebook.json()).toEqual({ error: { message: prefix + message, type: 'OAuthException', ...error } })
  })

  it('has one more for a proxy that finds nobody behind it', async () => {
    const answer = badGateway()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html'])
    expect(await answer.text()).toBe('<html><body><h1>502 Bad Gateway</h1></body></html>')
  })
})
