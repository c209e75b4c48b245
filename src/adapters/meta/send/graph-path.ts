declare const checked: unique symbol

/** A path below host and version, of names and ids that cannot lead anywhere else. Only {@link graphPath} makes one. */
export type GraphPath = string & { readonly [checked]: true }

const SEGMENT = /^[0-9A-Za-z_-]+$/

/** Such as `17841…/messages`; undefined if a segment is no id or name of Meta's: `..` would climb to the root of the API. */
export const graphPath = (...segments: readonly string[]): GraphPath | undefined =>
  segments.length > 0 && segments.every((segment) => SEGMENT.test(segment))
    ? (segments.join('/') as GraphPath)
    : undefined
