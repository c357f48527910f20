/** The part of the standard WebSocket that is used. The browser's and that of `ws` fit. */
export interface SocketLike {
  /** 1 while frames can be sent. */
  readonly readyState: number
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void
  addEventListener(type: 'error', listener: (event: object) => void): void
}

/** A WebSocket class. */
export type WebSocketLike = new (url: string, protocols: string[]) => SocketLike

export interface TransportEvents {
  /** A text as a string; a binary message as whatever the class makes of it. */
  onData(data: unknown): void
  /** The socket is gone, by itself or by the peer. Nothing comes after it. */
  onClosed(code: number, reason: string): void
}

/** One socket, from dialling to its end. */
export interface Transport {
  /** Hands over one text. Returns false when the socket is not open; the text is then lost. */
  send(text: string): boolean
  /** Closes, and hears nothing more of the socket: on a dead network its own close event may come minutes later. */
  close(code: number, reason: string): void
}

const OPEN = 1

/** Longest explanation of a failed connection that is kept, in UTF-16 units. */
const MAX_REASON_LENGTH = 200

/** Throws what the class throws: a URL or subprotocol that can never work, or one that the page may not open. */
export function openTransport(
  WebSocket: WebSocketLike,
  url: string,
  protocols: string[],
  { onData, onClosed }: TransportEvents,
): Transport {
  const socket = new WebSocket(url, protocols)
  let attached = true
  /** `ws` says why it could not connect; browsers keep it to themselves. */
  let failure = ''
  socket.addEventListener('message', ({ data }) => {
    if (attached) onData(data)
  })
  socket.addEventListener('error', (event) => {
    if ('message' in event) failure = String(event.message).slice(0, MAX_REASON_LENGTH)
  })
  socket.addEventListener('close', ({ code, reason }) => {
    if (!attached) return
    attached = false
    onClosed(code, reason || failure)
  })
  return {
    send: (text) => {
      const isOpen = attached && socket.readyState === OPEN
      if (isOpen) socket.send(text)
      return isOpen
    },
    close: (code, reason) => {
      attached = false
      socket.close(code, reason)
    },
  }
}
