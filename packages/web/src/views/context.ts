import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language } from '../i18n/i18n.ts'
import type { App, Visit } from '../state/app.ts'

const AppContext = createContext<App | null>(null)
const VisitContext = createContext<Visit | null>(null)

export const AppProvider = AppContext.Provider
export const VisitProvider = VisitContext.Provider

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('no app around this view')
  return app
}

/** The room one is in. Only inside the chat view. */
export function useVisit(): Visit {
  const visit = useContext(VisitContext)
  if (visit === null) throw new Error('no visit around this view')
  return visit
}

/** The language of the page; a view that calls it follows a change. */
export function useLanguage(): Language {
  return useApp().language.value
}
