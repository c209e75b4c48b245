/** The public door of `madoguchi/testing`: given-when-then for deciders, and the contract suites of the ports. */
export * from './given-when-then.ts'
