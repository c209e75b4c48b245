/** Which ids to give: a page of all of them, in the order of their code points. */
export interface IdPage {
  /** Exclusive. Absent: from the first one. */
  readonly after?: string
  /** At most so many; default 1,000. */
  readonly limit?: number
}
