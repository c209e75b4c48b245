import { InvalidStoreOption } from '../../application/ports/store-errors.ts'
import { originalText, storableText } from '../index-key.ts'

/** The names of a desk's streams in a cluster that others use too. */
export interface StreamNames {
  /** What the names of all streams of the log begin with, and no others. */
  readonly prefix: string
  readonly log: (stream: string) => string
  /** The desk's name of a stream of the cluster; undefined when it is none of its log. */
  readonly own: (name: string) => string | undefined
  readonly lease: (name: string) => string
  readonly snapshot: (stream: string) => string
}

/** Its last sign stands nowhere else in it, so that no prefix begins with another one; and none begins with `~`. */
const PREFIX = /^[A-Za-z0-9_]+[.:-]$/

/** @throws InvalidStoreOption */
export const streamNames = (prefix: string): StreamNames => {
  if (!PREFIX.test(prefix))
    throw new InvalidStoreOption('prefix', 'it must be letters, digits and _, then one of . : -')
  // Not below a prefix: what is no event of a log must not be delivered with it. The whole prefix: its last sign tells desks apart.
  const beside = `~${prefix}`
  return {
    prefix,
    log: (stream) => prefix + storableText(stream),
    own: (name) => (name.startsWith(prefix) ? originalText(name.slice(prefix.length)) : undefined),
    lease: (name) => `${beside}lease-${storableText(name)}`,
    snapshot: (stream) => `${beside}snapshot-${storableText(stream)}`,
  }
}
