/**
 * Something that happened.
 *
 * `data` is plain and stays for ever. `personal` holds everything a customer could ask us to forget (texts, links, names);
 * it may be gone at any time, and every fold accepts that.
 */
export interface DomainEvent<Type extends string, Data, Personal = never> {
  readonly type: Type
  readonly data: Data
  readonly personal?: Personal
}
