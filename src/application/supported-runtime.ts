/** The parts of a global object that tell what a runtime has, and what it is. */
export interface GlobalObject {
  readonly Promise: { readonly withResolvers?: unknown }
  readonly Map: { readonly groupBy?: unknown }
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> }
}

/** The JavaScript runtime is older than this code: everything would seem to start, and fail later. */
export class RuntimeTooOld extends Error {
  override readonly name = 'RuntimeTooOld'
  /** Name and version, as far as it tells them. */
  readonly running: string
  readonly lacks: readonly string[]
  constructor(running: string, lacks: readonly string[]) {
    super(`${running} lacks ${lacks.join(', ')}: Node 22.13 or newer is needed, or another runtime with ES2024`)
    this.running = running
    this.lacks = lacks
  }
}

const nameOf = ({ process }: GlobalObject): string => {
  const versions = process?.versions ?? {}
  // The others give a version of Node too.
  const name = ['bun', 'deno', 'node'].find((each) => versions[each] !== undefined)
  return name === undefined ? 'this runtime' : `${name} ${versions[name]}`
}

/**
 * Looks for the newest of what the code uses, and not for a version: so it is right for every runtime.
 * @throws RuntimeTooOld
 */
export const assertRuntime = (runtime: GlobalObject = globalThis): void => {
  const needed = { 'Promise.withResolvers': runtime.Promise.withResolvers, 'Map.groupBy': runtime.Map.groupBy }
  const lacks = Object.entries(needed).flatMap(([name, value]) => (typeof value === 'function' ? [] : [name]))
  if (lacks.length > 0) throw new RuntimeTooOld(nameOf(runtime), lacks)
}
