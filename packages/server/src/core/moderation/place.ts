import { type Act, endOf, whoOf } from './acts.ts'
import { isAddressMark } from './marks.ts'

/** Which of its settings an act is about. */
export type SettingName = 'slow' | 'lock' | 'read_only'

/** What holds in one room, or on the whole server. */
export class Place {
  /** The acts that set what holds. */
  readonly settings = new Map<SettingName, Act>()
  /** Mutes and bans, by id. */
  readonly #sanctions = new Map<string, Act>()
  readonly #byMark = new Map<string, Act[]>()

  get size(): number {
    return this.#sanctions.size + this.settings.size
  }

  sanctions(): Iterable<Act> {
    return this.#sanctions.values()
  }

  /** What holds now against whoever has this mark. */
  against(mark: string, action: 'mute' | 'ban', now: number): Act | null {
    for (const act of this.#byMark.get(mark) ?? []) if (act.action === action && endOf(act) > now) return act
    return null
  }

  /** Whether somebody with this mark is, or was of late, muted or banned. */
  isAbout(mark: string): boolean {
    return this.#byMark.has(mark)
  }

  /** Takes the place of an earlier one of the same kind on the same person or address. */
  add(act: Act): void {
    for (const mark of act.marks)
      for (const former of [...(this.#byMark.get(mark) ?? [])])
        if (former.action === act.action && whoOf(former) === whoOf(act)) this.#remove(former)
    this.#put(act)
  }

  /** The act is about these marks too. */
  extend(id: string, marks: readonly string[], most: number): Act | null {
    const act = this.#sanctions.get(id)
    if (act === undefined) return null
    const all = [...new Set([...act.marks, ...marks])].slice(0, most)
    this.#remove(act)
    const extended = { ...act, marks: all }
    this.#put(extended)
    return extended
  }

  /** Those of a kind on somebody, by `whoOf`. */
  liftedBy(action: string, who: string): readonly Act[] {
    return [...this.#sanctions.values()].filter((act) => act.action === action && whoOf(act) === who)
  }

  /** Whether `lift` would lift something. */
  holds(action: string, who: string): boolean {
    if (this.liftedBy(action, who).length > 0) return true
    return isAddressMark(who) && (this.#byMark.get(who) ?? []).some((act) => act.action === action)
  }

  /** Lifts those of a kind on somebody: by `whoOf`, and an address from those that hold more. */
  lift(action: string, who: string): void {
    for (const act of this.liftedBy(action, who)) this.#remove(act)
    if (!isAddressMark(who)) return
    for (const act of [...(this.#byMark.get(who) ?? [])]) {
      if (act.action !== action) continue
      this.#remove(act)
      this.#put({ ...act, marks: act.marks.filter((mark) => mark !== who) })
    }
  }

  forgetEnded(now: number): void {
    for (const act of [...this.#sanctions.values()]) if (endOf(act) <= now) this.#remove(act)
  }

  #put(act: Act): void {
    this.#sanctions.set(act.id, act)
    for (const mark of act.marks) this.#byMark.set(mark, [...(this.#byMark.get(mark) ?? []), act])
  }

  #remove(act: Act): void {
    this.#sanctions.delete(act.id)
    for (const mark of act.marks) {
      const left = (this.#byMark.get(mark) ?? []).filter(({ id }) => id !== act.id)
      if (left.length === 0) this.#byMark.delete(mark)
      else this.#byMark.set(mark, left)
    }
  }
}
