import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { encode } from 'uqr'
import { SHARING } from '../i18n/sharing.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'

/** The link to this room, to copy or to photograph. */
export function ShareDialog({ onClose }: { readonly onClose: () => void }): VNode {
  const app = useApp()
  const { lang, t } = useLanguage()
  const words = SHARING[lang]
  const { session } = useVisit()
  const dialog = useRef<HTMLDialogElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  const id = useId()
  const link = `${app.origin}/chat?room=${encodeURIComponent(session.room)}`
  useEffect(() => dialog.current?.showModal(), [])
  const copy = async (): Promise<void> => {
    if (!(await copyText(link, field.current))) return
    setCopied(true)
    app.say(t.copied)
  }
  return (
    <dialog ref={dialog} class="share" aria-labelledby={`${id}-title`} onClose={onClose}>
      <button type="button" class="action close" aria-label={t.close} onClick={() => dialog.current?.close()}>
        <Icon name="close" />
      </button>
      <h2 id={`${id}-title`}>{words.title(session.room)}</h2>
      <p>{words.hint}</p>
      <QrCode text={link} label={words.qrLabel} />
      <div class="copy">
        <input
          ref={field}
          readOnly
          value={link}
          aria-label={words.link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="primary" onClick={() => void copy()}>
          <Icon name={copied ? 'check' : 'copy'} />
          {copied ? t.copied : words.copy}
        </button>
      </div>
      {isLocal(link) && <p class="hint">{words.local}</p>}
    </dialog>
  )
}

/** The clipboard of script exists in secure contexts only; elsewhere the selection of the field has to do. */
async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    field?.focus()
    return document.execCommand('copy')
  }
}

function isLocal(link: string): boolean {
  const { hostname } = new URL(link)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    hostname.startsWith('127.')
  )
}

function QrCode({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const { size, data } = encode(text, { ecc: 'M', border: 2 })
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={pathOf(data)} />
    </svg>
  )
}

/** Every run of dark modules of a line as one rectangle. */
function pathOf(data: readonly (readonly boolean[])[]): string {
  let path = ''
  data.forEach((line, y) => {
    for (let x = 0; x < line.length; x++) {
      if (line[x] !== true) continue
      const from = x
      while (line[x + 1] === true) x++
      path += `M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`
    }
  })
  return path
}
