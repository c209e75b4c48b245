/**
 * What one body, event or id may hold: well above what Meta sends, and low enough that nobody else waits for it. What is beyond
 * is quarantined with field, limit and size, and the rest of its body is recorded.
 */
export const LIMITS = {
  /** Delivered events of one body. Meta batches up to 1,000. */
  events: 2_000,
  /** Attachments of one message, each element of a template counted. Meta allows 10 pictures, and 10 elements of a template. */
  attachments: 100,
  /** Levels of objects and lists in one event. Meta's deepest is 9. */
  depth: 64,
  /** UTF-8 bytes of an id. Meta's longest, a mid, has about 170. */
  idBytes: 512,
  /** UTF-8 bytes of the reason that Meta gives for a measure. Meta's are about 200. */
  reasonBytes: 4_096,
  /** Apps that one `app_roles` names, and roles of one app. */
  roles: 100,
  /** Objects and lists of one body, but for those that are nested too deeply to be read: so many take about a second. */
  structures: 1_500_000,
} as const

/** Code units of an entry's id and time that stand in the envelope of each of its quarantined events. */
export const ENVELOPE_TEXT = 8_192
