/** Signer: makes texts that only this server, or one with the same secret, can have made. */
export interface Signer {
  /** The text and its signature in one word of letters, digits, `-`, `_` and `.`. */
  sign(text: string): string
  /** The text that was signed, or `null` for anything else. Takes the same time for every wrong signature. */
  open(signed: string): string | null
}
