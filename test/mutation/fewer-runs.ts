import * as real from '../../node_modules/fast-check/lib/fast-check.js'

// Most mutants that live are run against every property that reaches them: a few dozen cases each keep that bearable.
const MOST = 25

const assert: typeof real.assert = (property, parameters) =>
  real.assert(property, {
    ...parameters,
    numRuns: Math.min(parameters?.numRuns ?? MOST, MOST),
  } as typeof parameters) as never

export * from '../../node_modules/fast-check/lib/fast-check.js'
export { assert }
export default { ...real.default, assert }
