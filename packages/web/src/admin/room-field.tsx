import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Admin } from './admin.ts'

export interface RoomFieldProps {
  readonly admin: Admin
  /** `null`: the whole server. */
  readonly room: string | null
  readonly onRoom: (room: string | null) => void
}

/** Where is to be moderated; it is told when the field is left. */
export function RoomField({ admin, room, onRoom }: RoomFieldProps): VNode {
  const t = admin.t.value
  const rooms = useRooms(admin)
  const [typed, setTyped] = useState('')
  // It can be chosen elsewhere too.
  useEffect(() => setTyped(room ?? ''), [room])
  return (
    <label class="field where">
      <span>{t.room}</span>
      <input
        type="text"
        list="all-rooms"
        autocomplete="off"
        maxLength={200}
        placeholder={t.everywhere}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => onRoom(event.currentTarget.value.trim() || null)}
      />
      <span class="hint">{t.anyRoom}</span>
      <datalist id="all-rooms">
        {rooms.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  )
}

/** Most rooms and messages that are proposed; any other can be typed. */
export const MAX_PROPOSED = 100

/** Those with people in them, and those in which something was said. */
function useRooms(admin: Admin): readonly string[] {
  const [known, setKnown] = useState<readonly string[]>([])
  useEffect(() => {
    const read = async (): Promise<void> => {
      const response = await admin.ask(`/api/v1/rooms?limit=${MAX_PROPOSED}`)
      if (!response.ok) return
      const { rooms } = (await response.json()) as { readonly rooms: readonly { readonly room: string }[] }
      setKnown(rooms.map(({ room }) => room))
    }
    read().catch(() => undefined)
  }, [admin])
  return [...new Set([...admin.rooms.value.map(({ room }) => room), ...known])]
}
