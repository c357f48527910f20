/** A server whose wall clock can be made to jump: its `Date` is the system's plus what a file says. Its timers keep their pace. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For Node.js, so that the server starts with such a clock. */
export const CLOCK_ARGS = ['--import', new URL('./clock-hook.mjs', import.meta.url).href]

export class ShiftedClock {
  #file
  #shiftMs = 0

  /** @param {string} file */
  constructor(file) {
    this.#file = file
    this.jump(0)
  }

  static make() {
    return new ShiftedClock(join(mkdtempSync(join(tmpdir(), 'roomful-clock-')), 'shift'))
  }

  /** Environment of the server. */
  get env() {
    return { CLOCK_SHIFT_FILE: this.#file }
  }

  /** Seen by the server within 50 ms. @param {number} ms forward, or back when negative */
  jump(ms) {
    this.#shiftMs += ms
    writeFileSync(this.#file, String(this.#shiftMs))
  }

  dispose() {
    rmSync(join(this.#file, '..'), { recursive: true, force: true })
  }
}
