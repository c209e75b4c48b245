import type { DeskContext } from './context.ts'

/** A command's answer once the views show it: whoever reads next sees what they did. */
export const settled = async <Done extends { readonly position?: string }>(
  { desk }: DeskContext,
  command: Promise<Done>,
): Promise<Done> => {
  const done = await command
  if (done.position !== undefined) await desk.waitFor(done.position)
  return done
}
