import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode, Lang } from '@roomful/protocol'
import { HTTP_TEXTS } from './error-texts.ts'
import { SECURITY_LINES } from './headers.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

/** Answers what `node:http` could not read as a request, and ends the connection. */
export function clientFault(lang: Lang, error: Error, socket: Socket): void {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const texts = HTTP_TEXTS[lang]
  if (code === 'HPE_HEADER_OVERFLOW') answer(socket, lang, 431, 'too_large', texts.headersTooLarge)
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') answer(socket, lang, 408, 'inactive', texts.tooSlow)
  else answer(socket, lang, 400, 'bad_message', texts.badRequest)
}

function answer(socket: Socket, lang: Lang, status: number, code: ErrorCode, detail: string): void {
  const body = JSON.stringify(problemOf(lang, code, { detail, instance: '/', status }))
  const lines = `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n`
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${SECURITY_LINES}${lines}\r\n${body}`)
}
