import type { NewEvent, Tickets } from 'madoguchi'
import type { Chance } from './chance.ts'
import type { Faults } from './faults.ts'
import type { History } from './history.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

const FAULTS = {
  'the ticket system refuses': 4,
  'the ticket system is slow': 3,
  'the ticket system loses an answer': 3,
  'dies after a call': 1,
} as const

/** A host's own ticket system: hears of every ticket event at least once, and of each ticket in the order of the log. */
export class TicketSystem {
  readonly #time: VirtualTime
  readonly #faults: Faults
  readonly #history: History
  readonly #chance: Chance
  readonly #logged = new Map<string, string[]>()
  readonly #taken = new Map<string, string[]>()

  constructor(time: VirtualTime, faults: Faults, history: History, chance: Chance) {
    this.#time = time
    this.#faults = faults
    this.#history = history
    this.#chance = chance
  }

  /** Events that it has not heard of. */
  get open(): number {
    return [...this.#logged].reduce(
      (sum, [ticket, ids]) => sum + ids.length - (this.#taken.get(ticket)?.length ?? 0),
      0,
    )
  }

  /** It is in the log now. */
  appended(stream: string, { id }: NewEvent): void {
    if (stream.startsWith('ticket-')) this.#logged.set(stream, [...(this.#logged.get(stream) ?? []), id])
  }

  /** The port as one process has it. */
  of(process: VirtualProcess): Tickets {
    return {
      receive: async ({ data }, eventId) => {
        await process.runs()
        const fault = this.#faults.draw(FAULTS, 6)
        await this.#time.wait(this.#chance.between(1, 20))
        if (fault?.kind === 'the ticket system is slow') await this.#time.wait(fault.chance.between(100, 40_000))
        if (fault?.kind === 'the ticket system refuses') throw new Error('refused')
        this.#takes(`ticket-${data.ticketId}`, eventId)
        if (fault?.kind === 'the ticket system loses an answer') throw new Error('connection lost')
        if (fault?.kind === 'dies after a call') process.kill()
        await process.runs()
      },
    }
  }

  #takes(stream: string, eventId: string): void {
    const taken = this.#taken.get(stream) ?? []
    if (taken.includes(eventId)) return
    if (this.#logged.get(stream)?.[taken.length] !== eventId)
      this.#history.violation(`a host was told out of order: ${stream} ${taken.length}`)
    this.#taken.set(stream, [...taken, eventId])
  }
}
