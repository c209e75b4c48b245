import { commandKeyKey } from '../../projections/index.ts'
import type { StreamsOptions } from '../commands/streams.ts'
import type { Readers } from './readers.ts'
import type { ViewRunner } from './view-runner.ts'

/** Answers whether a key was used before what its stream remembers, once the view is proven to have read that far. */
export const findCommandKey =
  (runner: ViewRunner, read: Readers): NonNullable<StreamsOptions['findKey']> =>
  async (stream, key, coveredTo) => {
    await runner.waitFor(coveredTo, { views: ['command-keys'] })
    return read.commandKeys.get(commandKeyKey(stream, key))
  }
