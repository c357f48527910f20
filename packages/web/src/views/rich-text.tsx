import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { findLinks } from '../text/links.ts'
import { detectLang } from '../text/script.ts'

export interface RichTextProps {
  readonly id?: string
  readonly text: string
  /** Whether the links are stops of the tab key. */
  readonly reachable: boolean
}

/** What somebody wrote: line breaks as they are, addresses as links, in the language it seems to be in. */
export function RichText({ id, text, reachable }: RichTextProps): VNode {
  const lang = useMemo(() => detectLang(text), [text])
  const segments = useMemo(() => findLinks(text), [text])
  return (
    <span class="text" id={id} lang={lang} dir="auto">
      {segments.map((segment, i) =>
        segment.kind === 'text' ? (
          segment.text
        ) : (
          <a
            key={i}
            href={segment.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            tabIndex={reachable ? 0 : -1}
          >
            {segment.text}
          </a>
        ),
      )}
    </span>
  )
}
