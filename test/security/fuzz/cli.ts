/** npm run fuzz: the fuzzing of `npm test`, for longer, in one world after the other. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { fuzzFrames } from './frames.ts'
import { fuzzMessages } from './messages.ts'

const HELP = `npm run fuzz -- [--seed N] [--frames 1000000] [--messages 1000000] [--world 50000]

Sends the server bytes of RFC 6455 and messages of both dialects, right and wrong, in this process and without a network.
Each world is a new server with --world inputs; the first has the seed N, the next N + 1, and so on.
To repeat one world: --seed N --frames 50000 --messages 0`

/** Milliseconds without a sign of life after which something hangs, on a machine however busy. */
const HANG_MS = 60_000

/** Bytes by which the heap may have grown when all is over, from what it was after the first two worlds. */
const MAX_GROWTH = 32 * 1_048_576

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    frames: { type: 'string', default: '1000000' },
    messages: { type: 'string', default: '1000000' },
    world: { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** What the worker tells the thread that watches it: where it is, or how it ended. */
interface News {
  readonly seed: number
  readonly what: string
  readonly tried: number
  readonly done?: { readonly faults: number }
}

/** The main thread only watches: whoever hangs cannot say so. */
function watch(): void {
  const seed = values.seed ?? String(randomInt(1, 1_000_000_000))
  say(`seed ${seed}`)
  const worker = new Worker(new URL(import.meta.url), { argv: [...process.argv.slice(2), '--seed', seed] })
  let last: News = { seed: Number(seed), what: 'nothing', tried: 0 }
  const hang = (): void => {
    say(`FAULT no sign of life for ${HANG_MS / 1_000} s: seed ${last.seed}, ${last.what} ${last.tried}`)
    process.exit(1)
  }
  let timer = setTimeout(hang, HANG_MS)
  worker.on('message', (news: News) => {
    last = news
    clearTimeout(timer)
    if (news.done === undefined) timer = setTimeout(hang, HANG_MS)
    else process.exitCode = news.done.faults === 0 ? 0 : 1
  })
  worker.on('error', (error: Error) => {
    say(`FAULT nobody caught: ${error.stack} (seed ${last.seed}, ${last.what} ${last.tried})`)
    process.exit(1)
  })
}

function tell(news: News): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(news)
}

async function work(): Promise<void> {
  const first = Number(values.seed)
  let faults = 0
  for (const [what, fuzz, count] of [
    ['frames', fuzzFrames, Number(values.frames)],
    ['messages', fuzzMessages, Number(values.messages)],
  ] as const)
    faults += await worlds(what, fuzz, { first, count, each: Number(values.world) })
  tell({ seed: first, what: 'all', tried: 0, done: { faults } })
}

async function worlds(
  what: string,
  fuzz: typeof fuzzFrames,
  { first, count, each }: { first: number; count: number; each: number },
): Promise<number> {
  const outcomes = new Map<string, number>()
  const began = performance.now()
  let [tried, faults, longestMs, baseline, heap] = [0, 0, 0, 0, 0]
  for (let seed = first; tried < count; seed++) {
    const told = (now: number): void => tell({ seed, what, tried: now })
    const tally = await fuzz(seed, Math.min(each, count - tried), told)
    for (const fault of tally.faults) say(`FAULT ${fault}`)
    for (const [outcome, times] of tally.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times)
    tried += tally.tried
    faults += tally.faults.length
    longestMs = Math.max(longestMs, tally.longestMs)
    heap = await heapBytes()
    if (seed <= first + 1) baseline = heap
  }
  if (heap - baseline > MAX_GROWTH) {
    faults++
    say(`FAULT the heap grew from ${baseline} to ${heap} bytes`)
  }
  const seconds = Math.round((performance.now() - began) / 1_000)
  const memory = `heap ${(baseline / 1e6).toFixed(1)} to ${(heap / 1e6).toFixed(1)} MB`
  say(
    `${what}: ${tried} in ${seconds} s, ${faults} faults, longest round ${Math.round(longestMs)} ms, ${memory}`,
  )
  for (const [outcome, times] of [...outcomes].sort(([, a], [, b]) => b - a)) say(`  ${times} ${outcome}`)
  return faults
}

async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What is about to be let go of needs a turn for it.
  await new Promise((resolve) => setTimeout(resolve, 50))
  collect()
  return process.memoryUsage().heapUsed
}

if (values.help) say(HELP)
else if (isMainThread) watch()
else await work()
