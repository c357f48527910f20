/** A file for what a program writes. The program has it open itself, so that nothing is lost when whoever started it is gone. */
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'

/** A file that has grown beyond this is kept once more, as `.1`, and begun anew at the next start. */
const MAX_BYTES = 16 * 1024 * 1024

const TAIL_BYTES = 4_000

export class LogFile {
  descriptor
  #path
  #from

  /** @param {string} path */
  constructor(path) {
    this.#path = path
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`)
    this.descriptor = openSync(path, 'a')
    this.#from = fstatSync(this.descriptor).size
  }

  /** The program has it now. */
  handOver() {
    closeSync(this.descriptor)
  }

  /** The end of what was written since. */
  tail() {
    const file = openSync(this.#path, 'r')
    try {
      const { size } = fstatSync(file)
      const bytes = Buffer.alloc(Math.max(0, Math.min(TAIL_BYTES, size - this.#from)))
      const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
      return bytes.toString('utf8', 0, read)
    } finally {
      closeSync(file)
    }
  }
}
