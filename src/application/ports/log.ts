/**
 * What operators read. Facts are ids, counts, codes, places of servers and files, and remedies: never texts, names, links, tokens,
 * passwords or signatures. Of an error: `problem` (its name), `code`, `at` and `remedy`, as far as they are known.
 */
export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  warn(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  error(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
}
