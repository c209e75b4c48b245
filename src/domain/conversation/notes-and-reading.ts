import { actorRef } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { given as shown, requireText } from '../text.ts'
import { requireShortId } from './limits.ts'
import type { AddNote, LearnProfile, MarkRead } from './commands.ts'
import type { ConversationEvent } from './events.ts'
import type { ConversationState } from './state.ts'
import { requireMayWork, requireReader, requireStarted } from './who-may.ts'

/** Longest private note, in code points. */
export const MAX_NOTE_LENGTH = 10_000

/** A private note: for agents only, never part of a ticket. Also on an expired, ended or disabled one. */
export const addNote = ({ data }: AddNote, given: ConversationState): readonly ConversationEvent[] => {
  requireMayWork(data)
  const { noteId, text, actor, at } = data
  if (requireStarted(given).noteIds.includes(noteId)) return []
  requireShortId('noteId', noteId)
  requireText('text', text, MAX_NOTE_LENGTH)
  return [{ type: 'NoteAdded', data: { noteId, by: actorRef(actor), at }, personal: { text } }]
}

/** An agent has read up to there: at most to the end, also on a deleted channel. Reading again what was read is nothing to do. */
export const markRead = ({ data }: MarkRead, given: ConversationState): readonly ConversationEvent[] => {
  const agentId = requireReader(data)
  const { readers, revision } = requireStarted(given)
  if (!Number.isSafeInteger(data.upTo) || data.upTo < 0) {
    refuse('invalid', { field: 'upTo', expected: 'a revision', given: shown(data.upTo) })
  }
  const upTo = Math.min(data.upTo, revision)
  const before = readers.find((reader) => reader.agentId === agentId)?.upTo ?? -1
  return upTo <= before ? [] : [{ type: 'ConversationRead', data: { agentId, upTo, at: data.at } }]
}

/** What Meta says of the customer; asked for after the fact. */
export const learnProfile = ({ data }: LearnProfile, state: ConversationState): readonly ConversationEvent[] => {
  const { channel, at, name, username, pictureUrl } = data
  if (channel.status === 'deleted') refuse('channel-deleted', { channelId: channel.channelId })
  if (state.status === 'none') return []
  if (name === undefined && username === undefined && pictureUrl === undefined) return []
  return [
    {
      type: 'CustomerProfileLearned',
      data: { at },
      personal: {
        ...(name === undefined ? {} : { name }),
        ...(username === undefined ? {} : { username }),
        ...(pictureUrl === undefined ? {} : { pictureUrl }),
      },
    },
  ]
}
