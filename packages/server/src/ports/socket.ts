/** Socket: all that the core knows of a transport. Adapters implement it and call the core through `SocketEvents`. */

/** Turns one JSON text into the finished bytes of one frame. One instance per transport, so bytes are made once for all. */
export interface FrameEncoder {
  readonly name: string
  /** `seq` is the number of the entry behind which a reader stands that has this frame; absent when it moves no reader. */
  encode(json: string, seq?: number): Uint8Array
  /** The text of a frame that `encode` made. */
  decode(frame: Uint8Array): string
  /** The same for bytes that are no text. */
  encodeBinary(bytes: Uint8Array): Uint8Array
  /** One buffer of `size` bytes that holds all parts. */
  join(parts: readonly Uint8Array[], size: number): Uint8Array
}

export interface Socket {
  /** For what only this connection gets. */
  readonly encoder: FrameEncoder
  /** For what many get: its bytes are made once, so they may cost more. */
  readonly sharedEncoder: FrameEncoder
  /** Bytes taken by `send` that the system has not taken yet. */
  readonly buffered: number
  /**
   * Takes finished frames, whole and in order. The bytes are shared with other sockets and must not be changed.
   * Returns false when the transport is now full: nothing more should be sent until `onDrain`.
   * On a closed socket it does nothing and returns false.
   */
  send(frames: Uint8Array): boolean
  /** Gathers what is sent until `uncork` into one write. Calls nest. */
  cork(): void
  uncork(): void
  /** Stops and starts taking in what the peer sends; what waits is the peer's to keep. */
  pause(): void
  resume(): void
  /** Asks for a sign of life below the application (a protocol ping). Its answer arrives as `onActivity`. */
  ping(): void
  /** Sends what was taken, then closes politely; a peer that does not answer is cut off by the adapter after a few seconds. */
  close(code: number, reason: string): void
  /** Cuts the connection at once. */
  terminate(): void
}

/** What a transport tells the core. Every call is synchronous; after `onClosed` there are no more. */
export interface SocketEvents {
  onText(text: string): void
  onBinary(bytes: Uint8Array): void
  /** Sign of life that is no message: a protocol ping or pong. */
  onActivity(): void
  /** The socket has room again after a `send` that returned false. */
  onDrain(): void
  /** The connection is gone. `code` is the peer's close code, 1005 when its close frame had none, 1006 without a close frame. */
  onClosed(code: number): void
}
