import { acting } from './api.js'
import { chosenChannel } from './channels.js'
import { notice } from './notices.js'
import { setClock } from './time.js'

/**
 * Everything that changes, as it happens. After a pause (the host was stopped) everything is read anew, so nothing that
 * happened meanwhile is missed.
 */
export const connectLive = ({ onInbox, onPhone, onDelivered, onActed, onConnected }) => {
  let source
  let wasDown = false
  const connect = () => {
    source?.close()
    const channelId = chosenChannel()
    const query = new URLSearchParams({ actor: acting.get(), ...(channelId !== '' && { channelId }) })
    source = new EventSource(`/api/live?${query}`)
    source.addEventListener('open', () => {
      if (wasDown) notice('The host is back.')
      wasDown = false
      onConnected()
    })
    source.addEventListener('error', () => {
      if (!wasDown) notice('The host does not answer. This page goes on as soon as it is back.', 'error')
      wasDown = true
      // The browser gives up for good if the host answers with an error while it starts.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1500)
    })
    source.addEventListener('inbox', ({ data }) => onInbox(JSON.parse(data)))
    source.addEventListener('phone', () => onPhone())
    source.addEventListener('delivered', () => onDelivered())
    source.addEventListener('acted', ({ data }) => onActed(JSON.parse(data).call))
    source.addEventListener('clock', ({ data }) => {
      setClock(JSON.parse(data))
      onActed('clock')
    })
    source.addEventListener('watch-ended', () => setTimeout(connect, 500))
  }
  connect()
  return { reconnect: connect }
}

/** The open conversation, as it changes: reactions, attempts and views of replies, which change nothing in the inbox. */
export const connectTranscript = (onChange) => {
  let source
  let followed
  const connect = () => {
    source?.close()
    source = undefined
    // A browser has few connections to one host: pages that nobody looks at leave them to others.
    if (followed === undefined || document.hidden) return
    const query = new URLSearchParams({ actor: acting.get() })
    const mine = new EventSource(`/api/conversations/${encodeURIComponent(followed)}/live?${query}`)
    source = mine
    const again = (wait) => setTimeout(() => source === mine && connect(), wait)
    mine.addEventListener('open', onChange)
    mine.addEventListener('transcript', onChange)
    mine.addEventListener('error', () => {
      if (mine.readyState === EventSource.CLOSED) again(1500)
    })
    mine.addEventListener('watch-ended', () => again(500))
  }
  document.addEventListener('visibilitychange', connect)
  return {
    /** Undefined: none. */
    follow: (conversationId) => {
      followed = conversationId
      connect()
    },
  }
}
