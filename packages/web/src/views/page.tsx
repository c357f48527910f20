import type { VNode } from 'preact'
import type { App } from '../state/app.ts'
import { AnnouncerRegion } from './announcer.tsx'
import { Chat } from './chat.tsx'
import { AppProvider, VisitProvider } from './context.ts'
import { Join } from './join.tsx'

export function Page({ app }: { readonly app: App }): VNode {
  const visit = app.visit.value
  return (
    <AppProvider value={app}>
      {visit?.session.entered === true ? (
        <VisitProvider value={visit} key={visit.session}>
          <Chat />
        </VisitProvider>
      ) : (
        <Join />
      )}
      <AnnouncerRegion />
    </AppProvider>
  )
}
