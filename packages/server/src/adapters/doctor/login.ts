/** Whether the server lets the doctor in, asked before a WebSocket is watched: one that waits for a token is not served. */
import { type Finding, finding, type Said, said } from './finding.ts'

const ANSWER_WITHIN_MS = 10_000

/** What the doctor shows. `origin`: `given` by somebody, or `made` with the secret of these settings. */
export interface Token {
  readonly text: string
  readonly origin: 'given' | 'made'
}

export interface Login {
  /** `null`: there is nothing to tell, since nobody needs a token there. */
  readonly found: Finding | null
  readonly isLetIn: boolean
}

/** Asks whom the server takes us for (AU12). What does not answer as it should lets everybody in, for all that is known. */
export async function checkLogin(url: string, token: Token | null): Promise<Login> {
  const answer = await ask(url, token)
  if (answer === null) return { found: null, isLetIn: true }
  if (answer.status === 401)
    return { found: token === null ? missing(url) : refused(url, token), isLetIn: false }
  if (token === null || answer.status !== 200 || !answer.body.includes('"takes_tokens":true'))
    return { found: null, isLetIn: true }
  return {
    found: finding('login', 'good', said(`${url} takes the token.`, `${url} 接受這個權杖。`)),
    isLetIn: true,
  }
}

async function ask(url: string, token: Token | null): Promise<{ status: number; body: string } | null> {
  try {
    const response = await fetch(new URL('/api/v1/session', url), {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      redirect: 'manual',
      headers: token === null ? {} : { authorization: `Bearer ${token.text}` },
    })
    return { status: response.status, body: await response.text() }
  } catch {
    return null
  }
}

function missing(url: string): Finding {
  return finding(
    'login',
    'unknown',
    said(
      `${url} lets nobody in without a token, and there is none here: whether a quiet connection is kept was not looked at.`,
      `${url} 不讓沒有權杖的人進入，而這裡沒有權杖：因此沒有檢查沒有動靜的連線是否會保持。`,
    ),
    said(
      'Give one that the server takes: ROOMFUL_TOKEN=… roomful doctor …; or give the settings auth and jwt-secret of the server, by which one is made for this.',
      '請給一個伺服器接受的權杖：ROOMFUL_TOKEN=… roomful doctor …；或給伺服器的設定 auth 與 jwt-secret，便會為此產生一個。',
    ),
  )
}

const FIXES: Readonly<Record<Token['origin'], Said>> = {
  given: said(
    'See that it has not ended, that its issuer, audience and key are those of jwt-issuer, jwt-audience and jwt-secret, jwt-key or jwt-jwks of the server, and that the proxy hands on Authorization.',
    '請確認它尚未過期，其簽發者、對象與金鑰符合伺服器的 jwt-issuer、jwt-audience，以及 jwt-secret、jwt-key 或 jwt-jwks，且代理會轉送 Authorization。',
  ),
  made: said(
    'Give doctor the settings of the server (jwt-secret, jwt-algorithms, jwt-issuer, jwt-audience), or a token in ROOMFUL_TOKEN; and see that the proxy hands on Authorization.',
    '請給 doctor 與伺服器相同的設定（jwt-secret、jwt-algorithms、jwt-issuer、jwt-audience），或在 ROOMFUL_TOKEN 中給一個權杖；並確認代理會轉送 Authorization。',
  ),
}

function refused(url: string, { origin }: Token): Finding {
  const what =
    origin === 'given'
      ? said(`${url} does not take the token that was given.`, `${url} 不接受所給的權杖。`)
      : said(
          `${url} does not take the token that was made with jwt-secret.`,
          `${url} 不接受以 jwt-secret 產生的權杖。`,
        )
  return finding('login', 'bad', what, FIXES[origin])
}
