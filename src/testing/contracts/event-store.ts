import { appendRules } from './event-store-append.ts'
import { lifeCycleRules, subscriptionRules } from './event-store-live.ts'
import { readRules } from './event-store-read.ts'
import { declareSuite, type Engine, type TestRunner } from './suite.ts'

/**
 * What every event store must do, in numbered cases.
 *
 * 1-21 append and data, 22-26 streams, 27-31 the log, 32-39 subscriptions, 40-44 life cycle. Case 42 (deleting streams)
 * is no part of the port; 28, 29, 36, 37 and 43 need hooks of the {@link Engine} and are listed as not applicable without.
 */
export const eventStoreContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'event store', (suite) => {
    appendRules(suite)
    readRules(suite)
    subscriptionRules(suite)
    lifeCycleRules(suite)
  })
