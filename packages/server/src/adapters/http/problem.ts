/** Errors over HTTP: RFC 9457 problem details with the code words of the protocol. */
import { ERRORS, type ErrorCode, type Lang } from '@roomful/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type RefusalMembers } from '../../ports/service.ts'
import { ERROR_TEXTS, HTTP_TEXTS } from './error-texts.ts'
import { UnfitError } from './validation.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export interface Problem extends RefusalMembers {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly field?: string
  readonly retry_after_ms?: number
}

export interface ProblemDetails {
  readonly detail: string
  /** Path of the request, without its query: that may hold what nobody should log. */
  readonly instance: string
  /** Default: the status of the code. */
  readonly status?: number | undefined
  readonly field?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly members?: RefusalMembers
}

export function problemOf(lang: Lang, code: ErrorCode, details: ProblemDetails): Problem {
  const { detail, instance, field, retryAfterMs, members } = details
  return {
    type: `/docs/errors#${code}`,
    title: ERROR_TEXTS[lang][code].title,
    status: details.status ?? ERRORS[code].status,
    detail,
    instance,
    code,
    retryable: ERRORS[code].retryable,
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterMs) }),
    ...members,
  }
}

/** Answers with a problem, which is in the language of who asked and so for nobody else; `extra` are further members (RFC 9457 section 3.2). */
export function sendProblem(reply: FastifyReply, problem: Problem, extra: object = {}): FastifyReply {
  if (problem.retry_after_ms !== undefined)
    reply.header('retry-after', String(Math.ceil(problem.retry_after_ms / 1000)))
  return reply
    .code(problem.status)
    .headers({ 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', vary: 'accept-language' })
    .send(JSON.stringify({ ...problem, ...extra }))
}

/** The path of a request, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/'
}

/** How long to wait for a store that does not answer, when nobody said otherwise. */
const UNAVAILABLE_RETRY_MS = 1_000

/** What was thrown, as a problem. `null` when it is our own mistake and belongs in the log. */
export function problemOfError(
  lang: Lang,
  error: unknown,
  instance: string,
  maxBodyBytes: number,
): Problem | null {
  const texts = HTTP_TEXTS[lang]
  if (error instanceof Refusal) {
    const fallback = error.code === 'unavailable' ? UNAVAILABLE_RETRY_MS : undefined
    const { message: detail, field, retryAfterMs = fallback, members } = error
    return problemOf(lang, error.code, { detail, instance, field, retryAfterMs, members })
  }
  if (error instanceof UnfitError) {
    const { field } = error
    const detail = field === undefined ? texts.notJson : texts.field(field)
    return problemOf(lang, 'bad_message', { detail, instance, field })
  }
  const { status, code } = httpErrorOf(error)
  if (status === 413)
    return problemOf(lang, 'too_large', { detail: texts.bodyTooLarge(maxBodyBytes), instance })
  if (status === 415) return problemOf(lang, 'unsupported_data', { detail: texts.notJsonType, instance })
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH')
    return problemOf(lang, 'bad_message', { detail: texts.badUrl, instance })
  if (status === 404) return problemOf(lang, 'not_found', { detail: texts.noSuchPath, instance })
  if (status >= 400 && status < 500)
    return problemOf(lang, 'bad_message', { detail: texts.badRequest, instance, status })
  return null
}

/** Status and code of an error that the framework raised; 500 for anything else. */
function httpErrorOf(error: unknown): { status: number; code: string } {
  if (!(error instanceof Error)) return { status: 500, code: '' }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { status, code }
}
