/** Signer: makes texts that only this server, or one with the same secret, can have made. */
export interface Signer {
  /** The text and its signature in one word of letters, digits, `-`, `_` and `.`. */
  sign(text: string): string
  /** The text that was signed, or `null` for anything else. Takes the same time for every wrong signature. */
  open(signed: string): string | null
  /** A short word for a text, the same each time, which tells nothing of the text to whoever has not the secret. It is no signature. */
  fingerprint(text: string): string
}
