import type { Tokens } from '../../application/ports/tokens.ts'
import { idPage } from './id-page.ts'
import type { OpenGate } from './open-gate.ts'

export const memoryTokens = ({ assertOpen }: OpenGate): Tokens => {
  const tokens = new Map<string, string>()
  return {
    get: async (channelId) => {
      assertOpen()
      return tokens.get(channelId)
    },
    put: async (channelId, token) => {
      assertOpen()
      tokens.set(channelId, token)
    },
    remove: async (channelId) => {
      assertOpen()
      tokens.delete(channelId)
    },
    ids: async (page) => {
      assertOpen()
      return idPage(tokens.keys(), page)
    },
  }
}
