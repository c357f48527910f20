import type { VNode } from 'preact'
import type { App, Visit } from '../state/app.ts'
import { isShut, type ShutReason, whyStopped } from '../state/connection.ts'
import { AnnouncerRegion } from './announcer.tsx'
import { Chat } from './chat.tsx'
import { AppProvider, VisitProvider } from './context.ts'
import { Join } from './join.tsx'
import { useLazy } from './use-lazy.ts'

export function Page({ app }: { readonly app: App }): VNode {
  return (
    <AppProvider value={app}>
      <Place app={app} />
      <AnnouncerRegion />
    </AppProvider>
  )
}

function Place({ app }: { readonly app: App }): VNode | null {
  const visit = app.visit.value
  const door = app.signIn.door.value
  const stopped = visit === null ? null : refusal(visit)
  const isOutside = visit === null && door !== 'open'
  const doors = useLazy(isOutside || stopped !== null, () => import('./door.tsx'))
  if (isOutside) return doors && <doors.Door door={door} />
  if (visit !== null && stopped !== null) return doors && <doors.Refused visit={visit} stopped={stopped} />
  if (visit?.session.entered !== true) return <Join />
  return (
    <VisitProvider value={visit} key={visit.session}>
      <Chat />
    </VisitProvider>
  )
}

/** Why one is not let in, or back, without doing something about it. */
function refusal({ session: { connection } }: Visit): ShutReason | null {
  if (connection.phase !== 'stopped') return null
  const stopped = whyStopped(connection.reason)
  return isShut(stopped) ? stopped : null
}
