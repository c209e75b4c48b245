import type { Flavour } from './world.ts'

/** One way in which the Graph API says no. */
export interface GraphError {
  readonly status: number
  readonly code: number
  readonly subcode?: number
  readonly message: string
  readonly transient?: true
}

/** The name of one of {@link graphErrors}. */
export type GraphErrorName =
  | 'unknown'
  | 'transient'
  | 'app-limit'
  | 'user-limit'
  | 'page-limit'
  | 'rate-limit'
  | 'instagram-limit'
  | 'messenger-limit'
  | 'window-closed'
  | 'window-closed-messenger'
  | 'permission-missing'
  | 'restricted'
  | 'link-broken'
  | 'bad-parameter'
  | 'no-such-object'
  | 'no-such-user'
  | 'no-such-user-messenger'
  | 'user-not-found'
  | 'invalid-data'
  | 'media-not-fetched'
  | 'media-type'
  | 'media-too-big'
  | 'foreign-attachment'
  | 'private-reply-invalid'
  | 'business-blocked'
  | 'not-thread-owner'
  | 'single-image'
  | 'thread-owned'
  | 'token-invalid'
  | 'app-removed'
  | 'checkpoint'
  | 'password-changed'
  | 'token-expired'
  | 'access-off'
  | 'no-advanced-access'
  | 'person-unavailable'
  | 'person-unavailable-200'
  | 'consent-missing'
  | 'policy-block'
  | 'no-such-profile'
  | 'message-deleted'
  | 'application-limit'
  | 'page-use-limit'
  | 'too-many-tagged'
  | 'window-closed-tag'
  | 'cannot-receive'
  | 'not-approved'
  | 'not-approved-200'
  | 'permission-unknown'
  | 'session-invalid'
  | 'unconfirmed'
  | 'role-lost'
  | 'page-not-linked'
  | 'unsupported-request'
  | 'thread-owned-100'
  | 'media-timed-out'
  | 'policy-block-messages'
  | 'policy-block-content'
  | 'no-capability'
  | 'not-eligible'
  | 'profile-unavailable'
  | 'profile-not-permitted'
  | 'id-unresolved'
  | 'malformed-query'

/**
 * The errors that the simulator can answer with.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/error-codes (June 25, 2026) and
 *   https://developers.facebook.com/docs/graph-api/guides/error-handling. HTTP statuses are the usual ones: Meta
 *   documents none. Texts are localised by Meta, so nobody may match on them.
 */
export const graphErrors: Readonly<Record<GraphErrorName, GraphError>> = {
  unknown: { status: 500, code: 1, subcode: 99, message: 'An unknown error occurred' },
  transient: {
    status: 500,
    code: 2,
    transient: true,
    message: 'An unexpected error has occurred. Please retry your request later.',
  },
  'app-limit': { status: 400, code: 4, transient: true, message: 'Application request limit reached' },
  'user-limit': { status: 400, code: 17, message: 'User request limit reached' },
  'page-limit': { status: 400, code: 32, message: 'Page request limit reached' },
  'rate-limit': {
    status: 400,
    code: 613,
    subcode: 2534040,
    message: 'Calls to this api have exceeded the rate limit.',
  },
  'instagram-limit': {
    status: 400,
    code: 80002,
    message: 'There have been too many calls to this Instagram account. Wait a bit and try again.',
  },
  'messenger-limit': {
    status: 400,
    code: 80006,
    message: 'There have been too many calls to this Messenger account. Wait a bit and try again.',
  },
  'window-closed': {
    status: 403,
    code: 10,
    subcode: 2534022,
    message: 'This message is sent outside of allowed window.',
  },
  'window-closed-messenger': {
    status: 403,
    code: 10,
    subcode: 2018278,
    message: 'This message is sent outside of allowed window.',
  },
  'permission-missing': { status: 403, code: 10, message: 'Application does not have permission for this action' },
  restricted: {
    status: 403,
    code: 10,
    subcode: 1893063,
    message: 'You are temporarily restricted from sending messages.',
  },
  'link-broken': {
    status: 403,
    code: 10,
    subcode: 2534077,
    message: 'Cannot verify the connection between the IG account, the logged in user and the page.',
  },
  'bad-parameter': { status: 400, code: 100, message: 'Invalid parameter' },
  'no-such-object': {
    status: 400,
    code: 100,
    subcode: 33,
    message: 'Unsupported request. Object does not exist, cannot be loaded due to missing permissions.',
  },
  'no-such-user': { status: 400, code: 100, subcode: 2534014, message: 'No matching Instagram user' },
  'no-such-user-messenger': { status: 400, code: 100, subcode: 2018001, message: 'No matching user found' },
  'user-not-found': { status: 400, code: 100, message: 'The requested user cannot be found.' },
  'invalid-data': { status: 400, code: 100, subcode: 2534015, message: 'Invalid message data' },
  'media-not-fetched': { status: 400, code: 100, subcode: 2018008, message: 'Failed to fetch the file from the url.' },
  'media-type': { status: 400, code: 100, subcode: 2018047, message: 'Upload attachment failure.' },
  'media-too-big': { status: 400, code: 100, subcode: 2018109, message: 'Attachment size exceeds allowable limit' },
  'foreign-attachment': { status: 400, code: 100, subcode: 2018074, message: 'The attachment is not yours.' },
  'private-reply-invalid': {
    status: 400,
    code: 100,
    subcode: 2534025,
    message: 'The comment is invalid for a private reply',
  },
  'business-blocked': {
    status: 400,
    code: 100,
    subcode: 2534029,
    message: 'The business has been blocked from sending messages via the IG Messaging API',
  },
  'not-thread-owner': {
    status: 400,
    code: 100,
    subcode: 2534037,
    message: "The action is invalid since it's not the thread owner.",
  },
  'single-image': {
    status: 400,
    code: 100,
    subcode: 2534068,
    message: 'Multi image is not available for this account',
  },
  'thread-owned': {
    status: 400,
    code: 2018300,
    message: 'Message failed to send because another app is controlling this thread now.',
  },
  'token-invalid': { status: 401, code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
  'app-removed': {
    status: 401,
    code: 190,
    subcode: 458,
    message: 'Error validating access token: The user has not authorized application.',
  },
  checkpoint: {
    status: 401,
    code: 190,
    subcode: 459,
    message: 'Error validating access token: The user must log in at www.facebook.com to fix a problem.',
  },
  'password-changed': {
    status: 401,
    code: 190,
    subcode: 460,
    message: 'Error validating access token: The session is invalid because the user changed the password.',
  },
  'token-expired': {
    status: 401,
    code: 190,
    subcode: 463,
    message: 'Error validating access token: Session has expired.',
  },
  'access-off': {
    status: 403,
    code: 200,
    subcode: 2534041,
    message: 'The account owner has disabled access to instagram direct messages.',
  },
  'no-advanced-access': {
    status: 403,
    code: 200,
    message:
      'App does not have Advanced Access to instagram_manage_messages permission, and recipient user does not have role on app',
  },
  'person-unavailable': { status: 400, code: 551, subcode: 1545041, message: "This person isn't available right now." },
  'person-unavailable-200': {
    status: 403,
    code: 200,
    subcode: 1545041,
    message: "Message Not Sent: This person isn't available right now.",
  },
  'consent-missing': { status: 403, code: 230, message: 'User consent is required to access user profile' },
  'policy-block': {
    status: 403,
    code: 368,
    message: 'The action attempted has been deemed abusive or is otherwise disallowed',
  },
  'no-such-profile': { status: 400, code: 9010, message: 'No matching Instagram user' },
  'message-deleted': {
    status: 400,
    code: 9000001,
    message: 'This Message has been deleted by the user or the business.',
  },
  'application-limit': {
    status: 400,
    code: 341,
    message: 'Application limit reached',
  },
  'page-use-limit': {
    status: 400,
    code: 80001,
    message: 'There have been too many calls to this Page account. Wait a bit and try again.',
  },
  'too-many-tagged': {
    status: 400,
    code: 613,
    subcode: 2018338,
    message: 'Too many messages with a tag were sent to this person.',
  },
  'window-closed-tag': {
    status: 403,
    code: 10,
    subcode: 2018065,
    message: 'This message is sent outside of allowed window.',
  },
  'cannot-receive': {
    status: 403,
    code: 10,
    subcode: 2018108,
    message: 'This person cannot receive messages right now.',
  },
  'not-approved': {
    status: 403,
    code: 10,
    subcode: 2018028,
    message: 'Cannot message users who are not admins, developers or testers of the app.',
  },
  'not-approved-200': {
    status: 403,
    code: 200,
    subcode: 2018028,
    message: 'Cannot message users who are not admins, developers or testers of the app.',
  },
  'permission-unknown': {
    status: 403,
    code: 10,
    subcode: 2534067,
    message: 'Application does not have permission for this action',
  },
  'session-invalid': {
    status: 401,
    code: 102,
    message: 'Session key invalid or no longer valid',
  },
  unconfirmed: {
    status: 401,
    code: 190,
    subcode: 464,
    message: 'Error validating access token: Sessions are not allowed because the user is not a confirmed user.',
  },
  'role-lost': {
    status: 401,
    code: 190,
    subcode: 492,
    message: 'Error validating access token: The user must be an administrator, editor, or moderator of the page.',
  },
  'page-not-linked': {
    status: 400,
    code: 100,
    subcode: 2534013,
    message: 'The Page is not linked to an Instagram account',
  },
  'unsupported-request': {
    status: 400,
    code: 100,
    message: 'Unsupported request - method type',
  },
  'thread-owned-100': {
    status: 400,
    code: 100,
    subcode: 2018300,
    message: 'Message failed to send because another app is controlling this thread now.',
  },
  'media-timed-out': {
    status: 400,
    code: 100,
    subcode: 2018294,
    message: 'The file could not be fetched in time.',
  },
  'policy-block-messages': {
    status: 403,
    code: 2022,
    message: 'This feature is blocked for a time',
  },
  'policy-block-content': {
    status: 403,
    code: 368,
    subcode: 1390008,
    message: 'The action attempted has been deemed abusive or is otherwise disallowed',
  },
  'no-capability': {
    status: 400,
    code: 3,
    message: 'Application does not have the capability to make this API call.',
  },
  'not-eligible': {
    status: 400,
    code: 36103,
    message: 'This account is not eligible.',
  },
  'profile-unavailable': {
    status: 400,
    code: 2018218,
    message: 'The profile is not available.',
  },
  'profile-not-permitted': {
    status: 403,
    code: 2018247,
    message: 'Insufficient permission to access the user profile.',
  },
  'id-unresolved': {
    status: 400,
    code: 803,
    message: 'Some of the aliases you requested do not exist',
  },
  'malformed-query': {
    status: 400,
    code: 2500,
    message: 'Syntax error in the query',
  },
}

/** Thrown inside the Graph API to answer with an error; never leaves the simulator. */
export class GraphRefusal extends Error {
  readonly reason: GraphErrorName
  readonly detail: string | undefined

  constructor(reason: GraphErrorName, detail?: string) {
    super(detail ?? reason)
    this.reason = reason
    this.detail = detail
  }
}

/**
 * The response for an error: `OAuthException` and a `(#code)` prefix on graph.facebook.com, `IGApiException` without one
 * on graph.instagram.com.
 */
export const graphErrorResponse = (
  name: GraphErrorName,
  flavour: Flavour,
  options: {
    readonly traceId: string
    readonly detail?: string | undefined
    readonly headers?: Readonly<Record<string, string>>
  },
): Response => {
  const { status, code, subcode, message, transient } = graphErrors[name]
  const text = options.detail === undefined ? message : `${message}: ${options.detail}`
  const prefix = flavour === 'facebook-login' && code > 2 && code !== 190 ? `(#${code}) ` : ''
  const error = {
    message: prefix + text,
    type: flavour === 'facebook-login' ? 'OAuthException' : 'IGApiException',
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    ...(transient && { is_transient: true }),
    fbtrace_id: options.traceId,
  }
  return Response.json({ error }, { status, headers: options.headers ?? {} })
}

/** What a proxy in front of Meta answers when nothing behind it does: not JSON at all. */
export const badGateway = (): Response =>
  new Response('<html><body><h1>502 Bad Gateway</h1></body></html>', {
    status: 502,
    headers: { 'content-type': 'text/html' },
  })
