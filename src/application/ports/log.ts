/** What operators read. Facts are ids, counts and codes: never texts, names, links, tokens or signatures. */
export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  warn(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
  error(message: string, facts?: Readonly<Record<string, string | number | boolean | undefined>>): void
}
