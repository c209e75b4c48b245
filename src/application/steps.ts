/** The moments between two writes at which a crash is most telling; tests stop the process there. */
export type Step =
  | 'slot-taken'
  | 'account-claimed'
  | 'channel-created'
  | 'attempted'
  | 'called'
  | 'answered'
  | 'converted'
  | 'ticket-opened'
  | 'deletion-settled'

/** Told of every step; nothing by default. */
export type OnStep = (step: Step) => void | Promise<void>
