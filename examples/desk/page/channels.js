import { acting, get } from './api.js'

let visible = []
const CHOSEN = 'madoguchi.channel'

/** Reads which channels the actor may see. */
export const loadChannels = async () => {
  const { items } = await get('/api/channels')
  visible = items
  return items
}

export const channelNames = () => visible.map(({ channelId, settings }) => [channelId, settings.name])

/** The chosen channel; empty: all of them. */
export const chosenChannel = () => {
  const kept = localStorage.getItem(CHOSEN) ?? ''
  return visible.some(({ channelId }) => channelId === kept) ? kept : ''
}
export const chooseChannel = (channelId) => localStorage.setItem(CHOSEN, channelId)

/** Asks a list for every chosen channel and puts the answers together. */
export const ofChannels = async (path, query, order) => {
  const chosen = chosenChannel()
  const ids = chosen === '' ? visible.map(({ channelId }) => channelId) : [chosen]
  const pages = await Promise.all(ids.map((channelId) => get(path, { ...query, channelId })))
  const items = pages.flatMap((page) => page.items).toSorted(order)
  return { items, more: pages.some(({ cursor }) => cursor !== undefined) }
}

/** Agents have one list over all of their channels; administrators read channel by channel, and that is recorded. */
export const inboxOf = async (view, limit) => {
  const channelId = chosenChannel()
  if (channelId !== '' || !acting.get().startsWith('administrator')) {
    const { items, cursor } = await get('/api/inbox', { view, limit, channelId })
    return { items, more: cursor !== undefined }
  }
  return ofChannels('/api/inbox', { view, limit }, (a, b) => b.lastActivityAt - a.lastActivityAt)
}
