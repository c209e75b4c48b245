/** The public door of `madoguchi/testing`: given-when-then for deciders, the contracts of the ports, a store that fails on request. */
export * from './given-when-then.ts'
export * from './contracts/index.ts'
export * from './faulty-store.ts'
