import type { VNode } from 'preact'
import type { App, Visit } from '../state/app.ts'
import { type StopReason, whyStopped } from '../state/connection.ts'
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
  const isShut = visit === null && door !== 'open'
  const doors = useLazy(isShut || stopped !== null, () => import('./door.tsx'))
  if (isShut) return doors && <doors.Door door={door} />
  if (visit !== null && stopped !== null) return doors && <doors.Refused visit={visit} stopped={stopped} />
  if (visit?.session.entered !== true) return <Join />
  return (
    <VisitProvider value={visit} key={visit.session}>
      <Chat />
    </VisitProvider>
  )
}

/** Why whoever was in the room is not let back in without doing something about it. */
function refusal({ session }: Visit): StopReason | null {
  const { connection } = session
  if (!session.entered || connection.phase !== 'stopped') return null
  const stopped = whyStopped(connection.reason)
  return stopped === 'unauthorized' || stopped === 'revoked' || stopped === 'banned' ? stopped : null
}
