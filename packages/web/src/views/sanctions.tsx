/** Who is muted or banned, and what lifts it. */
import { EVERYWHERE } from '@roomful/protocol'
import { ClientError, type Moderation } from '@roomful/client'
import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { durationOf, MODERATING } from '../i18n/moderating.ts'
import { liftOf, loadSanctions, type Sanction, type Sanctions } from '../state/sanctions.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { useNow } from './countdown.ts'
import { Field } from './field.tsx'
import { Icon } from './icons.tsx'

export interface Moderating {
  /** Why the server refused the last one, in its words. */
  readonly fault: string | null
  /** Answers whether it was done. */
  readonly moderate: (what: Moderation) => Promise<boolean>
}

export function useModerate(): Moderating {
  const { ruling } = useVisit().session
  const t = MODERATING[useLanguage().lang]
  const [fault, setFault] = useState<string | null>(null)
  return {
    fault,
    moderate: async (what) => {
      setFault(null)
      try {
        await ruling.moderate(what)
        return true
      } catch (error) {
        // The server's sentence names its own field.
        const isAddress = error instanceof ClientError && error.field === 'target_address'
        setFault(isAddress && error.code === 'bad_message' ? t.noAddress : wordsOf(error))
        return false
      }
    },
  }
}

function wordsOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
}

export function Fault({ fault }: Pick<Moderating, 'fault'>): VNode | null {
  return fault === null ? null : (
    <p class="fault" role="alert">
      {fault}
    </p>
  )
}

interface Listed {
  /** `null` until they are there. */
  readonly sanctions: Sanctions | null
  readonly fault: string | null
}

/** What holds in the room, and for administrators on the whole server; read again whenever a moderator does something. */
export function useSanctions(): Listed {
  const { signIn } = useApp()
  const { tag } = useLanguage()
  const { ruling, room } = useVisit().session
  const [listed, setListed] = useState<Listed>({ sanctions: null, fault: null })
  const acts = ruling.acts.value
  useEffect(() => {
    const isAdmin = signIn.bearer.peek()?.administrator === true
    // An answer that was overtaken tells of what was.
    let isCurrent = true
    const take = (next: Listed): void => {
      if (isCurrent) setListed(next)
    }
    loadSanctions({ rooms: isAdmin ? [room, EVERYWHERE] : [room], token: signIn.token, tag }).then(
      (sanctions) => take({ sanctions, fault: null }),
      (error: unknown) => take({ sanctions: null, fault: wordsOf(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [signIn, room, tag, acts])
  return listed
}

/** For moderators: everybody who is muted or banned here, with a button that lifts it. */
export function SanctionsDialog(): VNode {
  const { lang, t: words } = useLanguage()
  const t = MODERATING[lang]
  const { ruling } = useVisit().session
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class="share sanctions"
      tabIndex={-1}
      aria-labelledby={id}
      onClose={() => {
        ruling.isListing.value = false
      }}
    >
      <button
        type="button"
        class="action close"
        aria-label={words.close}
        onClick={() => dialog.current?.close()}
      >
        <Icon name="close" />
      </button>
      <h2 id={id}>{t.list}</h2>
      <List onLifted={() => dialog.current?.focus()} />
      <ByAddress />
    </dialog>
  )
}

/** `onLifted`: the button that was pressed is about to go. */
function List({ onLifted }: { readonly onLifted: () => void }): VNode {
  const { lang, t: words } = useLanguage()
  const t = MODERATING[lang]
  const { sanctions, fault: failure } = useSanctions()
  const { fault, moderate } = useModerate()
  const now = useNow()
  const lasting = sanctions?.all.filter(({ endsAt }) => endsAt > now)
  const lift = async (what: Moderation): Promise<void> => {
    if (await moderate(what)) onLifted()
  }
  return (
    <>
      <Fault fault={fault ?? failure} />
      {lasting === undefined && failure === null && <p>{words.loading}</p>}
      {lasting?.length === 0 && <p>{t.nobody}</p>}
      <ul>
        {lasting?.map((sanction) => (
          <Line
            key={`${sanction.room} ${sanction.seq}`}
            sanction={sanction}
            now={now}
            onLift={(what) => void lift(what)}
          />
        ))}
      </ul>
      {sanctions?.truncated === true && <p class="hint">{t.truncated}</p>}
    </>
  )
}

interface LineProps {
  readonly sanction: Sanction
  readonly now: number
  readonly onLift: (what: Moderation) => void
}

function Line({ sanction, now, onLift }: LineProps): VNode {
  const { lang, tag, t: words } = useLanguage()
  const t = MODERATING[lang]
  const { action, username, messageSeq, room, by, reason, withAddress, endsAt } = sanction
  const name = username ?? (messageSeq === null ? t.someAddress : t.authorOf(messageSeq))
  const lifting = liftOf(sanction)
  const left = endsAt === Infinity ? null : durationOf((endsAt - now) / 1000, tag)
  const facts = [t.is[action](left), ...(withAddress && username !== null ? [t.addressToo] : []), t.by(by)]
  return (
    <li>
      <div>
        <bdi class="name">{name}</bdi>
        {room === EVERYWHERE && <span class="tag">{t.onServer}</span>}
        <p class="hint">{facts.join(words.partBreak)}</p>
        {reason !== '' && (
          <p class="hint" dir="auto">
            {reason}
          </p>
        )}
        {lifting === null && <p class="hint">{t.liftByAddress}</p>}
      </div>
      {lifting !== null && (
        <button
          type="button"
          class="action"
          aria-label={t.lift[action](name)}
          onClick={() => onLift(lifting)}
        >
          {action === 'mute' ? t.unmute : t.unban}
        </button>
      )}
    </li>
  )
}

/** An address that no name here has. */
function ByAddress(): VNode {
  const app = useApp()
  const t = MODERATING[useLanguage().lang]
  const { fault, moderate } = useModerate()
  const [address, setAddress] = useState('')
  const act = async (action: 'ban' | 'unban'): Promise<void> => {
    if (!(await moderate({ action, address: address.trim() }))) return
    setAddress('')
    app.say(action === 'ban' ? t.banned : t.unbanned)
  }
  return (
    <details>
      <summary>{t.byAddress}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void act('ban')
        }}
      >
        <Field
          label={t.address}
          hint={t.addressHint}
          value={address}
          onValue={setAddress}
          fault={fault}
          name="address"
          autocomplete="off"
          maxLength={64}
        />
        <div class="choice">
          <button type="submit" class="action grave" disabled={address.trim() === ''}>
            {t.banAddress}
          </button>
          <button
            type="button"
            class="action"
            disabled={address.trim() === ''}
            onClick={() => void act('unban')}
          >
            {t.unban}
          </button>
        </div>
      </form>
    </details>
  )
}
