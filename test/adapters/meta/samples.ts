import { readdirSync, readFileSync } from 'node:fs'

const fixtures = new URL('../../fixtures/', import.meta.url)

/** A sample body of Meta's, as an object. */
export const sample = <Shape = unknown>(file: string): Shape =>
  JSON.parse(readFileSync(new URL(`payloads/${file}`, fixtures), 'utf8'))

/** A data file of the tests. */
export const fixture = <Shape>(file: string): Shape => JSON.parse(readFileSync(new URL(file, fixtures), 'utf8'))

export const sampleFiles = (): readonly string[] =>
  readdirSync(new URL('payloads/', fixtures)).filter((file) => file.endsWith('.json'))

export const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
