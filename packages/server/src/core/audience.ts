import type { Lang } from '@roomful/protocol'
import type { Dialect } from '../ports/service.ts'
import type { FrameEncoder } from '../ports/socket.ts'

/** Readers who get the same bytes. `index` counts them from 0. */
export interface Audience {
  readonly index: number
  readonly dialect: Dialect
  readonly lang: Lang
  readonly encoder: FrameEncoder
}

/** The audiences of one server: few, and made when the first of its readers comes. */
export class Audiences {
  readonly #all: Audience[] = []

  of(dialect: Dialect, lang: Lang, encoder: FrameEncoder): Audience {
    for (const audience of this.#all)
      if (audience.dialect === dialect && audience.lang === lang && audience.encoder === encoder)
        return audience
    const audience = { index: this.#all.length, dialect, lang, encoder }
    this.#all.push(audience)
    return audience
  }
}
