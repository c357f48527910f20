/** The AsyncAPI 3.1 document of the WebSocket endpoints, made from the schemas of the protocol. */
import {
  type ClientMessageType,
  DEFAULT_ROOM,
  RESUME_SUBPROTOCOL_PREFIX,
  type ServerMessageType,
  V1_SUBPROTOCOL,
} from '@roomful/protocol'
import { CLIENT_SCHEMAS, SERVER_SCHEMAS } from '@roomful/protocol/schemas'
import type { TSchema } from 'typebox'
import { CLIENT_EXAMPLES, type Example, SERVER_EXAMPLES } from './examples.ts'
import type { JsonSchema } from './json-schema.ts'

export interface Ref {
  readonly $ref: string
}

export interface AsyncMessage {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly contentType: string
  readonly payload: JsonSchema
  readonly examples: ReadonlyArray<{ readonly summary: string; readonly payload: unknown }>
}

export interface Channel {
  readonly address: string
  readonly title: string
  readonly description: string
  readonly messages: Readonly<Record<string, Ref>>
  readonly parameters?: Readonly<
    Record<string, { readonly description: string; readonly examples: readonly string[] }>
  >
  readonly bindings: {
    readonly ws: { readonly method: 'GET'; readonly query?: JsonSchema; readonly bindingVersion: '0.1.0' }
  }
}

export interface Operation {
  /** Seen from the server: `receive` is what a client sends. */
  readonly action: 'send' | 'receive'
  readonly channel: Ref
  readonly summary: string
  readonly messages: readonly Ref[]
}

export interface AsyncApi {
  readonly asyncapi: '3.1.0'
  readonly info: Readonly<Record<'title' | 'version' | 'description', string>> & {
    readonly license: { readonly name: string }
  }
  readonly defaultContentType: string
  readonly servers: Readonly<
    Record<string, { readonly host: string; readonly protocol: string; readonly description: string }>
  >
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<Record<string, Operation>>
  readonly components: { readonly messages: Readonly<Record<string, AsyncMessage>> }
}

const CLIENT_TYPES = Object.keys(CLIENT_SCHEMAS) as ClientMessageType[]
const SERVER_TYPES = Object.keys(SERVER_SCHEMAS) as ServerMessageType[]

const RECEIVE = 'What a client may send.'
const SEND = 'What the server sends.'

const QUERY: JsonSchema = {
  type: 'object',
  properties: {
    room: { type: 'string', default: DEFAULT_ROOM, description: 'The room to enter.' },
    lang: { type: 'string', enum: ['zh-Hant', 'en'], description: 'Language of the server’s sentences.' },
  },
}

const USERNAME = {
  username: {
    description: 'Name of the person, percent-encoded UTF-8.',
    examples: ['Alice', '%E5%B0%8F%E6%98%8E'],
  },
}

interface Endpoint {
  readonly key: string
  readonly address: string
  readonly title: string
  readonly description: string
  /** What only other endpoints have. */
  readonly without: readonly ServerMessageType[]
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    key: 'anonymous',
    address: '/ws/chat',
    title: 'Chat without a name',
    description: 'A message may name its author. Private messages need a name.',
    without: ['private', 'ping'],
  },
  {
    key: 'named',
    address: '/ws/chat/{username}',
    title: 'Chat with a name',
    description: 'The name is unique among those who are here. Silent peers are found by protocol pings.',
    without: ['ping'],
  },
  {
    key: 'heartbeat',
    address: '/ws/chat/{username}/heartbeat',
    title: 'Chat with a name and a heartbeat',
    description:
      'The server sends a `ping` at an interval; a client that gives no sign of life is closed with 4009.',
    without: [],
  },
]

/** `host` is where clients connect, such as `localhost:8000`. */
export function asyncApiOf(version: string, host: string): AsyncApi {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Roomful WebSocket API',
      version,
      description: `Frames are JSON objects in text frames, except on the echo endpoint. A client that offers no subprotocol speaks the classic dialect; one that offers \`${V1_SUBPROTOCOL}\` gets acknowledgements and history too, and shows that it is the same person with \`${RESUME_SUBPROTOCOL_PREFIX}TOKEN\` as a second one.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      here: { host, protocol: 'ws', description: 'This server. Behind a proxy with TLS the scheme is wss.' },
    },
    channels: {
      echo: ECHO,
      ...Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint.key, channelOf(endpoint)])),
    },
    operations: Object.fromEntries([...Object.entries(ECHO_OPERATIONS), ...ENDPOINTS.flatMap(operationsOf)]),
    components: { messages: { ...ECHO_MESSAGES, ...messagesOf() } },
  }
}

function channelOf({ key, address, title, description, without }: Endpoint): Channel {
  const names = [...CLIENT_TYPES.map(fromClient), ...serverTypesOf(without).map(fromServer)]
  return {
    address,
    title,
    description,
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    ...(key === 'anonymous' ? {} : { parameters: USERNAME }),
    bindings: { ws: { method: 'GET', query: QUERY, bindingVersion: '0.1.0' } },
  }
}

function operationsOf({ key, without }: Endpoint): Array<[name: string, operation: Operation]> {
  const channel = { $ref: `#/channels/${key}` }
  const refTo = (name: string): Ref => ({ $ref: `${channel.$ref}/messages/${name}` })
  const received = CLIENT_TYPES.map((type) => refTo(fromClient(type)))
  const sent = serverTypesOf(without).map((type) => refTo(fromServer(type)))
  return [
    [`${key}Receive`, { action: 'receive', channel, summary: RECEIVE, messages: received }],
    [`${key}Send`, { action: 'send', channel, summary: SEND, messages: sent }],
  ]
}

function messagesOf(): Record<string, AsyncMessage> {
  const messages: Record<string, AsyncMessage> = {}
  for (const type of CLIENT_TYPES)
    messages[fromClient(type)] = messageOf(type, CLIENT_SCHEMAS[type], CLIENT_EXAMPLES[type])
  for (const type of SERVER_TYPES)
    messages[fromServer(type)] = messageOf(type, SERVER_SCHEMAS[type], SERVER_EXAMPLES[type])
  return messages
}

function messageOf(type: string, schema: TSchema, examples: ReadonlyArray<Example<unknown>>): AsyncMessage {
  // A TypeBox schema is a JSON Schema; its type only does not say so.
  const payload = schema as JsonSchema
  return {
    name: type,
    title: type,
    summary: payload.description ?? type,
    contentType: 'application/json',
    payload,
    examples: examples.map(({ summary, payload: example }) => ({ summary, payload: example })),
  }
}

const fromClient = (type: ClientMessageType): string => `client_${type}`
const fromServer = (type: ServerMessageType): string => `server_${type}`
const serverTypesOf = (without: readonly ServerMessageType[]): ServerMessageType[] =>
  SERVER_TYPES.filter((type) => !without.includes(type))

const ECHO: Channel = {
  address: '/ws',
  title: 'Echo',
  description: 'Text `x` is answered with `Echo: x`; binary comes back unchanged. It joins no room.',
  messages: {
    echo_request: { $ref: '#/components/messages/echo_request' },
    echo_answer: { $ref: '#/components/messages/echo_answer' },
  },
  bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
}

const ECHO_OPERATIONS: Readonly<Record<string, Operation>> = {
  echoReceive: {
    action: 'receive',
    channel: { $ref: '#/channels/echo' },
    summary: RECEIVE,
    messages: [{ $ref: '#/channels/echo/messages/echo_request' }],
  },
  echoSend: {
    action: 'send',
    channel: { $ref: '#/channels/echo' },
    summary: SEND,
    messages: [{ $ref: '#/channels/echo/messages/echo_answer' }],
  },
}

const ECHO_MESSAGES: Readonly<Record<string, AsyncMessage>> = {
  echo_request: {
    name: 'text',
    title: 'text',
    summary: 'Any text, or any bytes.',
    contentType: 'text/plain',
    payload: { type: 'string' },
    examples: [{ summary: 'A text', payload: 'Hello' }],
  },
  echo_answer: {
    name: 'echo',
    title: 'echo',
    summary: 'The same text behind `Echo: `; bytes as they came.',
    contentType: 'text/plain',
    payload: { type: 'string' },
    examples: [{ summary: 'Its echo', payload: 'Echo: Hello' }],
  },
}
