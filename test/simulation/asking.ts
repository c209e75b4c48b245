import { isRefusal, type Actor, type Desk, type Position } from 'madoguchi'
import type { Host } from './host.ts'
import { DAY, type Person } from './people.ts'
import type { World } from './world.ts'

/** What people do and ask for, and what a naive observer says to the answers. */
export class Asking {
  readonly #world: World
  readonly #asked = new Set<Promise<void>>()

  constructor(world: World) {
    this.#world = world
  }

  /** Commands that have no answer yet. */
  get open(): number {
    return this.#asked.size
  }

  /**
   * Somebody asks a desk, as a host's page does: again with the same key until there is an answer.
   * @param first whom they ask first; absent: whose turn it is
   */
  ask(
    name: string,
    asks: (desk: Desk, key: string) => Promise<{ readonly position?: Position }>,
    judge: {
      readonly done?: (began: number, ended: number) => void
      readonly refused?: (code: string, began: number, ended: number) => void
    } = {},
    first?: Host,
  ): void {
    const key = name
    const began = this.#world.now()
    const asking = (async () => {
      for (let tries = 0; ; tries++) {
        const host = tries === 0 && first !== undefined ? first : this.#world.host()
        if (host !== undefined) {
          const from = this.#world.now()
          try {
            const asked = (async () => {
              await host.process.runs()
              const done = await asks(host.desk, key)
              await host.process.runs()
              return done
            })()
            asked.catch(() => {})
            await Promise.race([
              asked,
              host.process.death,
              this.#world.time.wait(20_000).then(() => Promise.reject(new Error('no answer'))),
            ])
            this.#world.history.add('people', `${name}: done`)
            judge.done?.(began, this.#world.now())
            return
          } catch (error) {
            if (isRefusal(error)) {
              this.#world.history.add('people', `${name}: refused ${error.code}`)
              judge.refused?.(error.code, from, this.#world.now())
              return
            }
            this.#world.history.add('people', `${name}: ${(error as Error).name}`)
          }
        }
        await this.#world.time.wait(Math.min(100 * 2 ** tries, 3_000))
      }
    })()
    const settled = asking.then(
      () => void this.#asked.delete(settled),
      (error: unknown) => {
        this.#asked.delete(settled)
        this.#world.history.violation(`the simulation itself failed: ${String(error)}`)
      },
    )
    this.#asked.add(settled)
  }

  writes(person: Person, text: string): void {
    const said = person.handle.says(text)
    person.opened.push(said.timestamp)
    person.mids.push(said.mid)
    this.#world.openings.set(said.mid, said.timestamp)
  }

  /** A reply, judged by the window as a naive observer sees it. */
  reply(person: Person, actor: Actor, name: string, content: object, first?: Host): void {
    const limit = actor.kind === 'automation' ? DAY : 7 * DAY
    const known = (): number => person.acknowledgedAt ?? Number.NEGATIVE_INFINITY
    const knownBefore = known()
    this.ask(
      name,
      (desk, key) =>
        desk.conversations.reply(actor, { conversationId: this.#world.conversationIdOf(person), key, ...content }),
      {
        done: (began) => {
          const opened = person.opened.at(-1)
          if (opened === undefined || began - opened >= limit)
            this.#world.history.violation(`${name} was taken outside the window`)
        },
        refused: (code, _, ended) => {
          const isWindow = ['window-expired', 'human-agent-only', 'window-never-opened'].includes(code)
          if (isWindow && ended - knownBefore < limit)
            this.#world.history.violation(`${name} was refused ${code} inside the window`)
        },
      },
      first,
    )
  }
}
