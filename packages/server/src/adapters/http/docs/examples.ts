/** One or more examples of every frame, for the documents. */
import type {
  ClientMessageOf,
  ClientMessageType,
  ServerMessageOf,
  ServerMessageType,
} from '@roomful/protocol'

export interface Example<T> {
  readonly summary: string
  readonly payload: T
}

const TIME = '2024-01-01T12:00:00Z'
const CLIENT_ID = '3f2b8c1e-7a4d-4c7e-9b1a-2d5e6f708192'
const ID = 'b7f1c2d3e4f5-1'

export const CLIENT_EXAMPLES: {
  readonly [T in ClientMessageType]: ReadonlyArray<Example<ClientMessageOf<T>>>
} = {
  message: [
    { summary: 'To everybody in the room', payload: { type: 'message', message: 'Hello' } },
    { summary: 'To one person', payload: { type: 'message', message: 'Hello Bob', target_user: 'Bob' } },
    {
      summary: 'With an id of its own, so that sending it again is harmless (v1)',
      payload: { type: 'message', message: 'Hello', room: 'lobby', client_id: CLIENT_ID },
    },
    {
      summary: 'Answers message 42 (v1)',
      payload: { type: 'message', message: 'Hello to you', room: 'lobby', reply_to: 42 },
    },
  ],
  join: [{ summary: 'Enter one more room', payload: { type: 'join', room: 'garden' } }],
  leave: [{ summary: 'Leave a room', payload: { type: 'leave', room: 'garden' } }],
  history: [
    {
      summary: 'The ten entries before number 33',
      payload: { type: 'history', room: 'lobby', before: 33, limit: 10, request_id: 'h1' },
    },
  ],
  edit: [
    {
      summary: 'Another text for message 42',
      payload: { type: 'edit', room: 'lobby', seq: 42, message: 'Hello!', client_id: CLIENT_ID },
    },
  ],
  delete: [{ summary: 'Delete message 42', payload: { type: 'delete', room: 'lobby', seq: 42 } }],
  reaction: [
    { summary: 'Put an emoji on message 42', payload: { type: 'reaction', seq: 42, emoji: '👍' } },
    {
      summary: 'Take it back',
      payload: { type: 'reaction', seq: 42, emoji: '👍', remove: true },
    },
  ],
  typing: [
    { summary: 'Writing in a room', payload: { type: 'typing', room: 'lobby' } },
    { summary: 'Writing to one person', payload: { type: 'typing', target_user: 'Bob' } },
  ],
  read: [{ summary: 'Read up to number 42', payload: { type: 'read', room: 'lobby', seq: 42 } }],
  away: [{ summary: 'Nobody looks at it now', payload: { type: 'away', away: true } }],
  status: [{ summary: 'Who is here', payload: { type: 'status' } }],
  heartbeat: [{ summary: 'I am alive', payload: { type: 'heartbeat' } }],
  pong: [{ summary: 'Answer to a ping', payload: { type: 'pong' } }],
  moderate: [
    {
      summary: 'Mute Bob for ten minutes',
      payload: {
        type: 'moderate',
        room: 'lobby',
        action: 'mute',
        target_user: 'Bob',
        seconds: 600,
        reason: 'Spam',
        client_id: CLIENT_ID,
      },
    },
    {
      summary: 'Ban Bob, and the addresses he comes from, from the whole server',
      payload: { type: 'moderate', room: '*', action: 'ban', target_user: 'Bob', with_address: true },
    },
    { summary: 'Delete message 42', payload: { type: 'moderate', action: 'delete', seq: 42 } },
    { summary: 'One message every 30 seconds', payload: { type: 'moderate', action: 'slow', seconds: 30 } },
  ],
  auth: [
    {
      summary: 'A token',
      payload: { type: 'auth', token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' },
    },
  ],
}

const said = {
  type: 'message',
  username: 'Alice',
  message: 'Hello',
  timestamp: TIME,
  id: ID,
  seq: 42,
  room: 'lobby',
} as const

const about = {
  username: 'Alice',
  target: { id: ID, seq: 42 },
  timestamp: TIME,
  id: 'b7f1c2d3e4f5-9',
  seq: 50,
  room: 'lobby',
} as const

export const SERVER_EXAMPLES: {
  readonly [T in ServerMessageType]: ReadonlyArray<Example<ServerMessageOf<T>>>
} = {
  system: [
    {
      summary: 'Welcome, to the newcomer',
      payload: {
        type: 'system',
        event: 'welcome',
        message: '歡迎 Alice 加入聊天室！',
        username: 'Alice',
        room: 'lobby',
        connected_count: 2,
        connected_users: ['Bob', 'Alice'],
      },
    },
    {
      summary: 'Somebody joined, to the others',
      payload: {
        type: 'system',
        event: 'join',
        message: 'Alice 加入了聊天室',
        username: 'Alice',
        room: 'lobby',
        connected_count: 2,
      },
    },
    {
      summary: 'Many joined at once, folded',
      payload: {
        type: 'system',
        event: 'join',
        message: 'Alice、Bob 等 12 人加入了聊天室',
        users: ['Alice', 'Bob'],
        count: 12,
        room: 'lobby',
        connected_count: 14,
      },
    },
  ],
  message: [
    { summary: 'Said in a room', payload: said },
    {
      summary: 'Answers another message (v1)',
      payload: { ...said, seq: 43, id: 'b7f1c2d3e4f5-2', reply_to: { id: ID, seq: 42 } },
    },
    { summary: 'Deleted since (v1)', payload: { ...said, message: '', deleted: true } },
  ],
  private: [
    {
      summary: 'Said to one person',
      payload: {
        type: 'private',
        from: 'Alice',
        to: 'Bob',
        message: 'Hello Bob',
        timestamp: TIME,
        id: ID,
        seq: 7,
        room: '@me',
      },
    },
  ],
  edit: [{ summary: 'Message 42 has another text', payload: { ...about, type: 'edit', message: 'Hello!' } }],
  delete: [{ summary: 'Message 42 is deleted', payload: { ...about, type: 'delete' } }],
  reaction: [
    { summary: 'An emoji on message 42', payload: { ...about, type: 'reaction', emoji: '👍' } },
    { summary: 'It was taken back', payload: { ...about, type: 'reaction', emoji: '👍', removed: true } },
  ],
  typing: [
    {
      summary: 'Two are writing',
      payload: { type: 'typing', room: 'lobby', usernames: ['Alice', 'Bob'], count: 2 },
    },
  ],
  read: [
    {
      summary: 'Alice has read up to number 42',
      payload: { type: 'read', room: 'lobby', markers: [{ username: 'Alice', seq: 42 }] },
    },
  ],
  presence: [
    {
      summary: 'Alice is away',
      payload: { type: 'presence', room: 'lobby', event: 'away', username: 'Alice' },
    },
  ],
  moderation: [
    {
      summary: 'Bob was muted',
      payload: {
        type: 'moderation',
        room: 'lobby',
        action: 'mute',
        username: 'Bob',
        by: 'Alice',
        seconds: 600,
        until: '2024-01-01T12:10:00.000Z',
        reason: 'Spam',
        message: 'Alice 將 Bob 禁言 10 分鐘：Spam',
        timestamp: TIME,
      },
    },
  ],
  confirmation: [
    {
      summary: 'The private message is stored and on its way',
      payload: {
        type: 'confirmation',
        event: 'private_sent',
        message: '私訊已發送給 Bob',
        target_user: 'Bob',
        timestamp: TIME,
        id: ID,
      },
    },
  ],
  ack: [
    {
      summary: 'Committed and numbered',
      payload: { type: 'ack', client_id: CLIENT_ID, id: ID, room: 'lobby', seq: 42, timestamp: TIME },
    },
  ],
  history: [
    {
      summary: 'A page of the log',
      payload: {
        type: 'history',
        room: 'lobby',
        epoch: 'V1StGXR8',
        entries: [said],
        first_available: 1,
        head_seq: 42,
        complete: true,
        request_id: 'h1',
      },
    },
  ],
  ping: [{ summary: 'Are you there?', payload: { type: 'ping', timestamp: TIME } }],
  heartbeat_ack: [{ summary: 'Answer to a heartbeat', payload: { type: 'heartbeat_ack', timestamp: TIME } }],
  going_away: [
    {
      summary: 'About to restart',
      payload: { type: 'going_away', retry_after_ms: 3_200, reason: 'restart' },
    },
  ],
  error: [
    {
      summary: 'Not understood',
      payload: { type: 'error', code: 'bad_message', message: 'Invalid message format', retryable: false },
    },
    {
      summary: 'Too fast',
      payload: {
        type: 'error',
        code: 'rate_limited',
        message: '訊息送得太快，請稍候再試',
        retryable: true,
        retry_after_ms: 150,
      },
    },
  ],
  status: [
    {
      summary: 'Who is here',
      payload: {
        type: 'status',
        room: 'lobby',
        connected_count: 1,
        connected_users: ['Alice'],
        heartbeat_timeout: 30,
        connections: [{ username: 'Alice', last_activity: TIME, idle_seconds: 4 }],
        status: 'active',
      },
    },
  ],
}
