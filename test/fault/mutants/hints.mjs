import { readFileSync } from 'node:fs'

/** @typedef {{ readonly isLost: boolean, onHint(listener: (hint: string) => void): void, send(hint: string): Promise<void>, close(): Promise<void> }} HintChannel */

/** A channel of which some hints never leave: the share stands in the file that HINT_LOSS names. @param {HintChannel} channel @returns {HintChannel} */
export function losing(channel) {
  const file = process.env['HINT_LOSS']
  if (file === undefined) return channel
  return {
    onHint: (listener) => channel.onHint(listener),
    send: (hint) => (Math.random() < shareIn(file) ? Promise.resolve() : channel.send(hint)),
    get isLost() {
      return channel.isLost
    },
    close: () => channel.close(),
  }
}

/** @param {string} file */
function shareIn(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}
