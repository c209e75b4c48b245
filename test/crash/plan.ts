import type { Chance } from './chance.ts'

/** What somebody does in a run. Customers are counted from 0, over all accounts. */
export type Act =
  | { readonly kind: 'message'; readonly customer: number; readonly content: 'text' | 'picture' | 'unsupported' }
  | { readonly kind: 'reaction' | 'edit' | 'outside-reply' | 'convert'; readonly customer: number }
  | { readonly kind: 'reply'; readonly customer: number; readonly number: number; readonly content: ReplyContent }
  | { readonly kind: 'jump'; readonly minutes: number }

export interface ReplyContent {
  readonly text?: string
  readonly picture?: string
}

export interface PlanOptions {
  readonly customers: number
  readonly messages: number
  readonly replies: number
  readonly jumps: number
}

const LONG = [
  '窓口でお待ちしております。',
  'We look into it and come back to you soon. ',
  'Gracias por su paciencia, señora. ',
] as const

/** Every part of every reply is unlike all others, so that one found on a phone names its reply. */
const longText = (chance: Chance, number: number): string => {
  const phrase = chance.pick(LONG)
  let text = ''
  for (let sentence = 1; text.length < chance.between(1_150, 1_450); sentence++) {
    text += `Reply ${number}, sentence ${sentence}: ${phrase} `
  }
  return text.trim()
}

/**
 * Texts are all different and a conversation gets one picture at most: of equal ones Meta's echo does not say which is which,
 * and what can be known of them is tested with the rules of the conversation.
 */
const replyContent = (chance: Chance, number: number, mayBePicture: boolean): ReplyContent => {
  const kind = chance.next()
  if (kind < 0.12 && mayBePicture) {
    const picture = `https://files.example/pictures/${number}.jpg`
    return chance.happens(0.5) ? { picture } : { picture, text: `Reply ${number} with a picture` }
  }
  return { text: kind < 0.3 ? longText(chance, number) : `Reply ${number}: yes, gladly` }
}

/** The acts of a run in their order. Some customers write much more than others. */
export const planOf = (chance: Chance, { customers, messages, replies, jumps }: PlanOptions): readonly Act[] => {
  const acts: Act[] = []
  const wrote: number[] = []
  const pictured = new Set<number>()
  const someone = (): number => Math.floor(customers * chance.next() ** 2)
  const acquaintance = (): number => wrote[Math.floor(wrote.length * chance.next() ** 2)] ?? 0
  let replied = 0
  let jumped = 0
  for (let message = 0; message < messages; message++) {
    // Everybody writes once before somebody answers.
    const customer = message < customers ? message : someone()
    if (message < customers) wrote.push(customer)
    const content = chance.happens(0.1) ? 'picture' : chance.happens(0.02) ? 'unsupported' : 'text'
    acts.push({ kind: 'message', customer, content })
    if (chance.happens(0.04)) acts.push({ kind: 'reaction', customer: acquaintance() })
    if (chance.happens(0.03)) acts.push({ kind: 'edit', customer: acquaintance() })
    if (chance.happens(0.02)) acts.push({ kind: 'outside-reply', customer: acquaintance() })
    if (chance.happens(0.02)) acts.push({ kind: 'convert', customer: acquaintance() })
    while (replied < Math.floor(((message + 1) / messages) * replies)) {
      const answered = acquaintance()
      const content = replyContent(chance, replied, !pictured.has(answered))
      if (content.picture !== undefined) pictured.add(answered)
      acts.push({ kind: 'reply', customer: answered, number: replied++, content })
    }
    while (jumped < Math.floor(((message + 1) / messages) * jumps)) {
      acts.push({ kind: 'jump', minutes: chance.pick([30, 61, 61, 61, 90]) })
      jumped++
    }
  }
  return acts
}
