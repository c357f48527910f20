import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { findLinks } from '../text/links.ts'
import { detectLang } from '../text/script.ts'

export interface RichTextProps {
  readonly id?: string
  readonly text: string
  /** Of the links. */
  readonly tabIndex: 0 | -1
}

/** What somebody wrote: line breaks as they are, addresses as links, in the language it seems to be in. */
export function RichText({ id, text, tabIndex }: RichTextProps): VNode {
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
            tabIndex={tabIndex}
          >
            {segment.text}
          </a>
        ),
      )}
    </span>
  )
}
