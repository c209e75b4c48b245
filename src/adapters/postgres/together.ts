/** Questions in one statement. */
const MOST = 64

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks what is asked in one turn of the event loop at once: a statement costs both sides more than what it finds.
 *
 * Nobody waits for an earlier statement, so each answer is of an instant after its question, and a slow one keeps up only
 * those that share it. `ask` answers in the order of the questions; if it fails, it fails for all of them.
 */
export const together = <Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): ((question: Question) => Promise<Answer>) => {
  let waiting: Waiting<Question, Answer>[] = []
  const flush = (): void => {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += MOST) void answer(all.slice(at, at + MOST))
  }
  const answer = async (some: readonly Waiting<Question, Answer>[]): Promise<void> => {
    try {
      const answers = await ask(some.map(({ question }) => question))
      for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of some) reject(error)
    }
  }
  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ question, resolve, reject }) === 1) setImmediate(flush)
    })
}
