import type { VNode } from 'preact'
import type { PageLang } from '../i18n/dictionary.ts'
import { LANGS } from '../i18n/i18n.ts'

export interface LanguageButtonsProps {
  readonly lang: PageLang
  readonly label: string
  readonly onLang: (lang: PageLang) => void
}

/** Both languages by their own names, the one in use pressed. */
export function LanguageButtons({ lang: current, label, onLang }: LanguageButtonsProps): VNode {
  return (
    <div class="segments" role="group" aria-label={label}>
      {LANGS.map(({ lang, name }) => (
        <button
          key={lang}
          type="button"
          lang={lang}
          aria-pressed={lang === current}
          onClick={() => onLang(lang)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
