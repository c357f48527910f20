import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { DOOR } from '../i18n/door.ts'
import type { PageLang } from '../i18n/dictionary.ts'
import { Field } from './field.tsx'

/** Characters that the field takes: a token of the longest kind within a link. */
const MAX_LENGTH = 8192

export interface SignInFormProps {
  readonly lang: PageLang
  /** Answers whether somebody is let in with it. */
  readonly onToken: (token: string) => Promise<boolean>
}

/** A field for a token, and where one is to be had. */
export function SignInForm({ lang, onToken }: SignInFormProps): VNode {
  const t = DOOR[lang]
  const [token, setToken] = useState('')
  const [isTrying, setTrying] = useState(false)
  const [isRefused, setRefused] = useState(false)
  const submit = async (): Promise<void> => {
    setTrying(true)
    setRefused(false)
    const isIn = await onToken(token)
    setTrying(false)
    setRefused(!isIn)
    if (isIn) setToken('')
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim() !== '' && !isTrying) void submit()
      }}
    >
      <Field
        label={t.label}
        hint={t.hint}
        value={token}
        onValue={setToken}
        fault={isRefused ? t.refused : null}
        name="token"
        autocomplete="off"
        maxLength={MAX_LENGTH}
        autofocus
      />
      <button type="submit" class="primary" disabled={isTrying}>
        {isTrying ? t.trying : t.enter}
      </button>
      <details class="hint">
        <summary>{t.noToken}</summary>
        <p>{t.noTokenHow}</p>
        <p>
          <code>{`${location.origin}${location.pathname}#token=…`}</code>
        </p>
        <p>{t.forHosts}</p>
        <p>
          <code>roomful token --name Ann</code>
        </p>
      </details>
    </form>
  )
}
