/** A part of the sources whose faults the tests named beside it must notice. */
export interface Area {
  /** Which sources are mutated, as globs. */
  readonly sources: readonly string[]
  /** Which tests are run, as globs. */
  readonly tests: readonly string[]
  /** The least share of the faults that are not equivalent which must be noticed, 0 to 1. */
  readonly aim: number
}

export const AREAS: Readonly<Record<string, Area>> = {
  domain: {
    sources: ['src/domain/**/*.ts'],
    tests: ['test/domain/**/*.test.ts', '!test/domain/conversation/state-size.properties.test.ts'],
    aim: 0.92,
  },
  projections: { sources: ['src/projections/**/*.ts'], tests: ['test/projections/**/*.test.ts'], aim: 0.92 },
  meta: { sources: ['src/adapters/meta/**/*.ts'], tests: ['test/adapters/meta/**/*.test.ts'], aim: 0.92 },
  simulator: { sources: ['src/simulator/**/*.ts'], tests: ['test/simulator/**/*.test.ts'], aim: 0.88 },
  application: {
    sources: ['src/application/**/*.ts', '!src/application/views/**'],
    tests: ['test/application/**/*.test.ts', '!test/application/engines/**', '!test/application/moving/**'],
    aim: 0.88,
  },
}

/** The area of that name. Throws with the known names otherwise. */
export const areaOf = (name: string): Area => {
  const area = Object.hasOwn(AREAS, name) ? AREAS[name] : undefined
  if (area === undefined) throw new Error(`no area is named ${name}; there are ${Object.keys(AREAS).join(', ')}`)
  return area
}
