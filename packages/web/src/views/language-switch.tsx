import type { VNode } from 'preact'
import type { PageLang } from '../i18n/dictionary.ts'
import { useApp } from './context.ts'
import { LanguageButtons } from './language-buttons.tsx'

export function LanguageSwitch(): VNode {
  const app = useApp()
  const { lang, t } = app.language.value
  return <LanguageButtons lang={lang} label={t.language} onLang={(chosen: PageLang) => app.setLang(chosen)} />
}
