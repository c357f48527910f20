/** The frames as types. A union per direction, told apart by `type`. */
import type { ClientMessages, ServerMessages } from './schemas.ts'

export type ClientMessage = ClientMessages[keyof ClientMessages]
export type ClientMessageType = keyof ClientMessages
export type ClientMessageOf<T extends ClientMessageType> = ClientMessages[T]

export type ServerMessage = ServerMessages[keyof ServerMessages]
export type ServerMessageType = keyof ServerMessages
export type ServerMessageOf<T extends ServerMessageType> = ServerMessages[T]

/** Something that was said. */
export type ChatFrame = ServerMessageOf<'message'> | ServerMessageOf<'private'>

/** An entry about something that was said. */
export type ChangeFrame = ServerMessageOf<'edit'> | ServerMessageOf<'delete'> | ServerMessageOf<'reaction'>

/** An entry of a log as it goes over the wire. */
export type LogFrame = ChatFrame | ChangeFrame

/** Language of the server's own sentences. */
export type Lang = 'zh-Hant' | 'en'
