import type { DepartmentId } from '../ids.ts'

/** When messages become a ticket by themselves. Snapshotted into each schedule, so a change touches new schedules only. */
export interface ConversionPolicy {
  /** Whole minutes from the customer's message to its ticket, 1 to 1,440; or never by itself. */
  readonly delay: number | 'never'
  /**
   * What a customer's message after a ticket does: start a new episode and with it a new ticket, or join the open ticket.
   */
  readonly afterTicket: 'new-ticket' | 'thread-while-open'
  /** With `thread-while-open`: minutes after closing within which a message reopens the ticket. `'delay'`: as long as the delay. */
  readonly reopenWithin: number | 'delay'
  /** Whether an answer of the business takes a pending conversion away. */
  readonly cancelOnAnswer: boolean
}

/** A reference to an icon in the blob store. */
export interface Icon {
  readonly blobId: string
  readonly mediaType: 'image/jpeg' | 'image/png'
  /** Bytes. */
  readonly size: number
  readonly fileName: string
}

/** Everything of a channel that administrators may change at any time: all but the account. */
export interface ChannelSettings {
  /** 1 to 100 code points. */
  readonly name: string
  readonly icon: Icon | null
  readonly departmentId: DepartmentId
  readonly conversion: ConversionPolicy
  /** Whether only the assignee may answer an assigned conversation. */
  readonly assigneeOnly: boolean
  /** Whether audio and video sent from the Instagram app are received; off: a placeholder stands in their place (S17). */
  readonly receiveAudioVideo: boolean
  /** Whether a story mention opens the reply window. Meta's pages disagree; default yes. */
  readonly storyMentionOpensWindow: boolean
  /** Whether a reaction opens the reply window. Meta's pages disagree; default no. */
  readonly reactionOpensWindow: boolean
}

export const DEFAULT_CONVERSION: ConversionPolicy = {
  delay: 60,
  afterTicket: 'new-ticket',
  reopenWithin: 'delay',
  cancelOnAnswer: false,
}

/** The defaults of all settings that have one. */
export const DEFAULT_SETTINGS: Omit<ChannelSettings, 'name' | 'departmentId'> = {
  icon: null,
  conversion: DEFAULT_CONVERSION,
  assigneeOnly: false,
  receiveAudioVideo: false,
  storyMentionOpensWindow: true,
  reactionOpensWindow: false,
}
