import type { VNode } from 'preact'
import { LANGS } from '../i18n/i18n.ts'
import { useApp } from './context.ts'

/** Both languages by their own names, the one in use pressed. */
export function LanguageSwitch(): VNode {
  const app = useApp()
  const { lang: current, t } = app.language.value
  return (
    <div class="segments" role="group" aria-label={t.language}>
      {LANGS.map(({ lang, name }) => (
        <button
          key={lang}
          type="button"
          lang={lang}
          aria-pressed={lang === current}
          onClick={() => app.setLang(lang)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
