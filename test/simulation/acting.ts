import type { Actor } from 'madoguchi'
import { derivedId } from '../../src/application/identity.ts'
import type { Act } from './acts.ts'
import type { Chance } from './chance.ts'
import { stopFor } from './faulty-ports.ts'
import type { Host } from './host.ts'
import { administrator, agent, AGENTS, automation, DAY, type Person } from './people.ts'
import type { World } from './world.ts'

/** Does it; resolves when the next act may begin. What was asked for may still be under way. */
export const playAct = async (world: World, { kind, number }: Act): Promise<void> => {
  const chance = world.chance.fork(`act ${number}`)
  // Agents mostly answer where somebody has written not long ago.
  const lately = world.people.filter(({ acknowledgedAt }) => world.now() - (acknowledgedAt ?? 0) < DAY)
  const isReply = kind.startsWith('asks') || kind.startsWith('an automation') || kind === 'resends'
  const person = chance.pick(isReply && lately.length > 0 && chance.happens(0.9) ? lately : world.people)
  const host = world.hosts.length === 0 ? undefined : chance.pick(world.hosts)
  const account = world.accounts[person.channel]!
  const channelId = world.channels[person.channel]!
  const conversationId = world.conversationIdOf(person)
  const who = agent(chance.pick(AGENTS))
  const newest = person.mids.at(-1)
  const isMove = kind.startsWith('waits') || kind.startsWith('clock')
  if (!isMove) world.history.add('act', `${number} ${kind}`)
  switch (kind) {
    case 'writes':
      return world.asking.writes(person, `Message ${number}`)
    case 'writes several':
      for (let n = 0; n < chance.between(2, 8); n++) world.asking.writes(person, `Message ${number}.${n}`)
      return
    case 'edits':
      if (newest !== undefined && chance.happens(0.5)) person.handle.edits(newest, `Message ${number}, corrected`)
      return
    case 'unsends':
      if (newest === undefined) return
      person.isUnusual = true
      person.mids.pop()
      person.handle.unsends(newest)
      return
    case 'reacts':
      if (newest !== undefined) person.handle.reacts(newest)
      return
    case 'answers from the app':
      return void account.sendsFromApp(person.handle.customerId, `Answer ${number} from the app`)
    case 'asks for a reply':
      return world.asking.reply(person, who, `reply ${number}`, { text: `Reply ${number}` })
    case 'asks for a long reply': {
      const sentences = Array.from(
        { length: 26 },
        (_, n) => `Sentence ${n} of reply ${number} says something more about it.`,
      )
      return world.asking.reply(person, who, `reply ${number}`, { text: sentences.join(' ') })
    }
    case 'asks for a picture':
      return world.asking.reply(person, who, `reply ${number}`, {
        media: [{ kind: 'image', url: `https://pictures.example/${number}.png` }],
      })
    case 'an automation answers':
      return world.asking.reply(person, automation, `automatic reply ${number}`, { text: `Automatic reply ${number}` })
    case 'converts':
      return world.asking.ask(`convert ${number}`, (desk, key) =>
        desk.conversations.convert(who, { conversationId, key }),
      )
    case 'resends': {
      const mine = [...world.watcher.replies.replies].filter(
        ([, reply]) => reply.customerId === person.handle.customerId,
      )
      if (mine.length === 0) return
      const [replyId] = chance.pick(mine)
      return world.asking.ask(`resend ${number}`, (desk, key) =>
        desk.conversations.resend(who, { conversationId, replyId, mayArriveTwice: true, key }),
      )
    }
    case 'transfers': {
      // Two at once, of people who saw the same.
      const seen = world.watcher.assigneeOf(conversationId)
      const to = chance.happens(0.5) ? ['aki', 'ben', null] : [chance.pick(['aki', 'ben', null])]
      for (const next of to.filter((one) => one !== seen)) {
        const name = `transfer ${number} to ${next}`
        world.watcher.expectTransfer(commandKeyOf('Transfer', administrator, name), seen)
        world.asking.ask(name, (desk, key) =>
          desk.conversations.transfer(administrator, { conversationId, to: next, seen, key }),
        )
      }
      return
    }
    case 'opens a page':
      if (host !== undefined) world.watches.open(host, conversationId)
      return
    case 'ends':
      person.isUnusual = true
      return world.asking.ask(`end ${number}`, (desk, key) => desk.conversations.end(who, { conversationId, key }))
    case 'blocks':
      person.isUnusual = true
      return world.asking.ask(`block ${number}`, (desk, key) => desk.conversations.block(who, { conversationId, key }))
    case 'unblocks':
      return world.asking.ask(`unblock ${number}`, (desk, key) =>
        desk.conversations.unblock(who, { conversationId, key }),
      )
    case 'disables':
      for (const each of world.people) if (each.channel === person.channel) each.isUnusual = true
      return world.asking.ask(`disable ${number}`, (desk, key) =>
        desk.channels.disable(administrator, { channelId, key }),
      )
    case 'enables':
      return world.asking.ask(`enable ${number}`, (desk, key) =>
        desk.channels.enable(administrator, { channelId, key }),
      )
    case 'fetches what was missed':
      return world.asking.ask(`fetch ${number}`, (desk) => desk.channels.fetchMissed(administrator, { channelId }))
    case 'deletes': {
      if (world.deleted !== undefined) return
      const pendingConversions = chance.pick(['convert', 'discard'] as const)
      world.deleted = { channel: person.channel, pendingConversions }
      for (const each of world.people) if (each.channel === person.channel) each.isUnusual = true
      return world.asking.ask(`delete ${number}`, (desk, key) =>
        desk.channels.delete(administrator, { channelId, pendingConversions, key }),
      )
    }
    case 'waits':
      return world.time.pass(chance.between(1, 800))
    case 'waits long':
      return world.time.pass(chance.between(2_000, 12_000))
    case 'clock ticks':
      return world.advance(chance.between(1, 60_000))
    case 'clock jumps':
      world.faults.count('the clock jumps')
      return world.advance(
        chance.pick([60_000, 600_000, 3_600_000, 3_600_000, 7_200_000, DAY]) - chance.between(0, 2) * 1_000,
      )
    case 'clock to an edge':
      return toAnEdge(world, person, chance)
    case 'desk dies':
      if (host === undefined) return
      world.faults.count('a desk dies')
      return host.process.kill()
    case 'desk stops':
      if (host === undefined) return
      world.faults.count('a desk stops')
      return host.process.stop(stopFor(chance))
    case 'desk sleeps':
      if (host === undefined) return
      world.faults.count('a desk sleeps')
      return sleeps(world, host, lately, chance)
    case 'desk ends':
      if (host === undefined || world.hosts.length === 1) return
      world.hosts = world.hosts.filter((other) => other !== host)
      void host.desk
        .stop()
        .then(() => world.watches.stopped(host))
        .then(
          () => host.process.kill(),
          () => host.process.kill(),
        )
      return
    case 'desk starts':
      world.bury()
      if (world.hosts.length < world.most) await world.start()
      return
    case 'wall clock jumps':
      if (host === undefined) return
      world.faults.count('a wall clock jumps')
      return host.process.jumpWall(chance.pick([-DAY, -3_600_000, -1_000, 1_000, 3_600_000, DAY]))
    case 'Meta out of order':
      world.faults.count('Meta is out of order')
      world.simulator.outage(chance.pick(['errors', 'refuse'] as const))
      world.time.schedule(chance.between(100, 20_000), () => world.simulator.outage(false))
      return
    case 'token dies': {
      // Once: a reconnection that is late would bring back an older token.
      if (world.deadTokens.has(channelId)) return
      world.deadTokens.add(channelId)
      world.faults.count('a token dies')
      account.revokeToken()
      const restore = (): void => {
        if (!world.restores.delete(restore)) return
        const token = account.issueToken()
        world.asking.ask(`reconnect ${number}`, (desk, key) =>
          desk.channels.reconnect(administrator, { channelId, token, key }),
        )
      }
      world.restores.add(restore)
      world.time.schedule(chance.between(1_000, 60_000), restore)
      return
    }
  }
}

/** Mostly so long that others take over; then customers are answered by them meanwhile, and by it as soon as it is awake. */
const sleeps = (world: World, host: Host, lately: readonly Person[], chance: Chance): void => {
  const isLong = lately.length > 0 && chance.happens(0.7)
  const nap = isLong ? chance.between(6_500, 12_000) : stopFor(chance)
  host.process.sleep(nap)
  if (!isLong) return
  const answers = (when: string, first?: Host): void => {
    const name = `${when} ${world.edges++}`
    for (const [place, person] of lately.entries())
      world.asking.reply(person, agent('aki'), `reply ${name} ${place}`, { text: `Reply ${name} ${place}` }, first)
  }
  answers('meanwhile')
  world.time.schedule(nap + 2, () => answers('awake', host))
}

/** To one millisecond before, at or after the end of a window, or of the delay after which a ticket is due. */
const toAnEdge = async (world: World, person: Person, chance: Chance): Promise<void> => {
  const { opened } = person
  const from = chance.happens(0.3) ? opened.at(-1) : opened.length === 0 ? undefined : chance.pick(opened)
  if (from === undefined) return
  const to = from + chance.pick([3_600_000, 3_600_000, 3_600_000, DAY, DAY, 7 * DAY]) + chance.between(-1, 1)
  if (to <= world.now()) return
  const name = `at the edge ${to - from} ${world.edges++}`
  // Somebody asks twice, and the desk that was asked first is stopped: what was due in between belongs to the other's decision only.
  const [slow, other] = chance.happens(0.5) ? world.hosts : world.hosts.toReversed()
  const asksTwice = to - (opened.at(-1) ?? 0) < DAY && chance.happens(0.5)
  const askOnce = (of: Host | undefined): void =>
    world.asking.reply(person, agent('ben'), `reply twice ${name}`, { text: `Reply twice ${name}` }, of)
  if (asksTwice) {
    askOnce(slow)
    await world.time.pass(chance.between(0, 5))
    world.faults.count('a desk stops')
    slow?.process.stop(chance.between(20, 1_500))
  }
  world.faults.count('the clock jumps')
  world.advance(to - world.now())
  if (asksTwice) askOnce(other)
  // What is done in that very instant is decided by it.
  switch (chance.pick(['writes', 'a person', 'an automation', 'nothing'] as const)) {
    case 'writes':
      return world.asking.writes(person, `Message ${name}`)
    case 'a person':
      return world.asking.reply(person, agent('aki'), `reply ${name}`, { text: `Reply ${name}` })
    case 'an automation':
      return world.asking.reply(person, automation, `automatic reply ${name}`, { text: `Automatic reply ${name}` })
  }
}

/** As the log names the use of a key by a person. */
const commandKeyOf = (
  command: string,
  actor: Actor & { readonly id: string; readonly organizationId: string },
  key: string,
): string => derivedId('key', command, actor.kind, actor.id, actor.organizationId, key)
