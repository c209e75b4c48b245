/**
 * `madoguchi/simulator`: a stand-in for Meta's platform over real HTTP.
 *
 * It imports nothing else of this library, so that it can judge it: its windows, limits and counts are its own.
 */
export { type AccountHandle, type AppMessage } from './account.ts'
export { type MovableClock, movableClock, type SimulatorClock } from './clock.ts'
export { type CustomerHandle, type Enclosure, type Happening, type NewMessage, type Outgoing } from './customer.ts'
export { defaultDelivery, type DeliveryOutcome, type DeliverySettings } from './delivery.ts'
export { type Faults, type FaultSwitch } from './faults.ts'
export { type GraphError, type GraphErrorName, graphErrors } from './graph-error.ts'
export { type Handshake } from './handshake.ts'
export {
  type AcceptedSend,
  type Answer,
  type DeliveredEvents,
  type DeliveryAttempt,
  type EventRecord,
  type EventState,
  type Ledger,
  type SendCall,
} from './ledger.ts'
export { InvalidSimulatorOption } from './check-options.ts'
export { isLostAnswer } from './lost-answer.ts'
export { type NewAccount } from './new-account.ts'
export { type Handler, type Listening, nodeListener, serve } from './node-server.ts'
export { type PhoneMessage, type PhoneView } from './phone.ts'
export { type RateLimits } from './rate-limit.ts'
export { type ReplyWindow, replyWindowAt } from './reply-window.ts'
export { type SimulatorRuntime } from './runtime.ts'
export { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
export { fileStorage, type SimulatorSnapshot, type SimulatorStorage } from './snapshot.ts'
export { type EventKind } from './webhook-event.ts'
export { type WebhookTarget } from './webhook-post.ts'
export { signature256, toWire } from './wire.ts'
export { type AccountCondition, type Attachment, type Flavour, type Reaction, type TokenState } from './world.ts'
