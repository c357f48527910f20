import type { SharedClient } from '@roomful/client/shared'

/** The part of the SDK that the page uses; a test puts its own in. */
export type ChatClient = Pick<
  SharedClient,
  | 'state'
  | 'connect'
  | 'disconnect'
  | 'retryNow'
  | 'outbox'
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
  | 'onModeration'
  | 'moderate'
>
