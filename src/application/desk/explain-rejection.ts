import type { RejectionReason } from '../../domain/conversation/index.ts'

const ONCE_THE_CUSTOMER_WRITES = 'Writing is possible again as soon as the customer writes.'

const SENTENCES: { readonly [Reason in RejectionReason]: string } = {
  'window-expired': `The 7 days to answer had ended before it could leave. ${ONCE_THE_CUSTOMER_WRITES}`,
  'window-never-opened': `The customer has never written, and Instagram lets a business write only after that. ${ONCE_THE_CUSTOMER_WRITES}`,
  'human-agent-only':
    'The 24 hours for automatic answers had ended before it could leave. A person may answer until 7 days after the customer last wrote.',
  'human-agent-refused':
    'The 24 hours to answer had ended, and Meta has not given this app the Human Agent feature. Ask for it in App Review, then set it on the channel.',
  'channel-disabled':
    'The channel was disabled before it could leave. Once an administrator has enabled it, the reply can be sent again.',
  'channel-deleted': 'The channel was deleted before it could leave: its conversations can be read and nothing else.',
  'authorization-restricted':
    'Meta has restricted sending for this account. The account status in the Instagram app says why. Once that is lifted, an administrator connects the channel again, without a new sign-in, and the reply can be sent again.',
  blocked: 'The customer was blocked before it could leave. Once they are unblocked, the reply can be sent again.',
  'not-associated':
    'Its author was no agent of the channel any more when it was to leave. Another agent can send it again.',
  'not-the-assignee':
    'Only the assignee answers on this channel, and that was somebody else when it was to leave. The assignee can send it again.',
  'other-app-in-control':
    'Another app holds this conversation on Instagram. Take it over in the Instagram inbox, or wait until it is released; then send the reply again.',
  withdrawn: 'It was withdrawn before it could leave.',
  'content-gone': 'Its content was erased before it could leave. If it is still needed, write it anew.',
  // Meta may say so also where the desk counts an open window: by its own clock, or by what it counts as writing.
  'meta-window-closed':
    'Meta did not take it: by its own count the customer has not written within the time that it gives for an answer. If they have written since, send the reply again; else writing is possible as soon as the customer writes.',
  'customer-unavailable':
    'The customer cannot be reached now: their account is gone, or lets this business write no more. If they write again, they can be answered.',
  'media-refused':
    'Meta could not fetch the file, or does not take one of this kind or size. See that its link is public and send the reply again, or answer with another file.',
  'message-refused':
    'Meta refused the message as it is. Write another one; the code with this reason says what was wrong with it.',
  'not-permitted':
    'Meta does not let this app write here: the account or the app lacks a permission. See in App Review that messaging has Advanced Access, then send the reply again.',
}

/**
 * Why a reply that was accepted never left, or left in part only, in a sentence for people, with its remedy. In English; hosts that
 * speak other languages write their own from the reason.
 */
export const explainRejection = (reason: RejectionReason): string => SENTENCES[reason]
