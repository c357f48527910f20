/** `node --import clock-hook.mjs`: `Date` is off by the milliseconds that the file CLOCK_SHIFT_FILE holds. */
import { readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 50

const file = process.env['CLOCK_SHIFT_FILE'] ?? ''
const RealDate = Date
let shiftMs = 0

const look = () => {
  shiftMs = Number(readFileSync(file, 'utf8'))
}

look()
setInterval(look, LOOK_EVERY_MS).unref()

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + shiftMs] : args, self),
  apply: (target) => new target(target.now() + shiftMs).toString(),
  get: (target, name) => (name === 'now' ? () => target.now() + shiftMs : Reflect.get(target, name)),
})
