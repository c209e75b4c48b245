/** Something that somebody wants. Time and ids arrive inside it: a decider never asks a clock or draws a number. */
export interface Command<Type extends string, Data> {
  readonly type: Type
  readonly data: Data
}
