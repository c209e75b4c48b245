import type { Step } from '../../src/application/steps.ts'
import type { HostProcess } from './host-process.ts'
import type { Stage } from './stage.ts'

/** When something is done to a host. */
export type When =
  /** When it comes to a named step. */
  | { readonly kind: 'step'; readonly step: Step; readonly nth: number }
  /** So many real milliseconds after it was started, perhaps before it listens, or after it began to listen, or after now. */
  | { readonly kind: 'time'; readonly since: 'started' | 'ready'; readonly after: number }
  /** While its n-th send is with Meta: before it is done, or done and not yet answered. */
  | { readonly kind: 'send'; readonly nth: number; readonly moment: 'asked' | 'done' }
  /** So many real milliseconds after the n-th webhook request left for it. */
  | { readonly kind: 'webhook'; readonly nth: number; readonly after: number }

/** Real milliseconds for which one waits for a send or a webhook. */
const LONGEST_WAIT = 5_000

/** Calls `act` when it has come to that, at the latest after a while; not for steps, which a host notices itself. Answers what ends the waiting. */
export const at = (
  stage: Stage,
  host: HostProcess,
  when: Exclude<When, { kind: 'step' }>,
  act: () => void,
): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  let seen = 0
  let isOver = false
  const after = (milliseconds: number): void => {
    if (!isOver) timer = setTimeout(act, milliseconds)
  }
  const onSend = (moment: 'asked' | 'done', life: number): void => {
    if (when.kind === 'send' && life === host.life && moment === when.moment && ++seen === when.nth) act()
  }
  const onWebhook = (life: number): void => {
    if (when.kind === 'webhook' && life === host.life && ++seen === when.nth) setTimeout(act, when.after)
  }
  if (when.kind === 'time' && when.since === 'started') after(when.after)
  else void host.ready.then(() => after(when.kind === 'time' ? when.after : LONGEST_WAIT))
  stage.observer.listeners.add(onSend)
  stage.onWebhook.add(onWebhook)
  return () => {
    isOver = true
    clearTimeout(timer)
    stage.observer.listeners.delete(onSend)
    stage.onWebhook.delete(onWebhook)
  }
}
