import { type KeptOutbox, keptOutboxes } from '@roomful/client/shared'
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useApp } from './context.ts'

/** Most places that are shown. */
const MAX_PLACES = 20

/** Where something waits that earlier visits could not send, and a way there. */
export function Waiting({
  onEnter,
}: {
  readonly onEnter: (name: string, room: string) => void
}): VNode | null {
  const app = useApp()
  const { t } = app.language.value
  const [places, setPlaces] = useState<readonly KeptOutbox[]>([])
  useEffect(() => {
    // What cannot be read cannot have been kept.
    const read = (): void => void keptOutboxes(app.origin).then(setPlaces, () => undefined)
    read()
    // Another window may have sent it.
    addEventListener('focus', read)
    return () => removeEventListener('focus', read)
  }, [app])
  const some = places.length > 0
  useEffect(() => {
    if (some) app.say(app.language.peek().t.unsentBefore)
  }, [some, app])
  if (!some) return null
  return (
    <div class="unsent">
      <p>{t.unsentBefore}</p>
      {places.slice(0, MAX_PLACES).map(({ username, room, count }) => (
        <button type="button" key={`${username}/${room}`} onClick={() => onEnter(username, room)}>
          {t.unsentOf(count, username, room)}
        </button>
      ))}
    </div>
  )
}
