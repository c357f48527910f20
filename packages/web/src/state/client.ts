import type { Client } from '@roomful/client'

/** The part of the SDK that the page uses; a test puts its own in. */
export type ChatClient = Pick<
  Client,
  | 'state'
  | 'connect'
  | 'disconnect'
  | 'retryNow'
  | 'send'
  | 'whisper'
  | 'edit'
  | 'remove'
  | 'react'
  | 'typing'
  | 'markRead'
  | 'setAway'
  | 'history'
  | 'status'
  | 'onState'
  | 'onMessage'
  | 'onPrivate'
  | 'onSystem'
  | 'onChange'
  | 'onTyping'
  | 'onRead'
  | 'onPresence'
>
