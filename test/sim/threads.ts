/** Seeds shared out among threads, in pieces: who is done takes the next one. */
import { parentPort, Worker } from 'node:worker_threads'
import { type Batch, joined, MAX_FAILURES, NO_BATCH, runSeeds } from './batch.ts'

/** Seeds that a thread takes at a time. */
const PIECE = 50

interface Piece {
  readonly from: number
  readonly seeds: number
}

/** Runs in `jobs` threads, each of them the program at `program`, which must call `serve`. `progress` is told how many seeds are done. */
export async function shareOut(init: {
  program: URL
  from: number
  seeds: number
  jobs: number
  progress: (done: number) => void
}): Promise<Batch> {
  const { program, progress } = init
  const end = init.from + init.seeds
  let next = init.from
  let batch = NO_BATCH
  const work = async (): Promise<void> => {
    const worker = new Worker(program)
    try {
      while (next < end && batch.failures.length < MAX_FAILURES) {
        const piece = { from: next, seeds: Math.min(PIECE, end - next) }
        next += piece.seeds
        const part = await ask(worker, piece)
        batch = joined(batch, part)
        progress(batch.seeds)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: init.jobs }, work))
  return batch
}

function ask(worker: Worker, piece: Piece): Promise<Batch> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (batch: Batch) => {
      worker.off('error', reject)
      resolve(batch)
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(piece)
  })
}

/** In such a thread: runs what it is given. */
export function serve(): void {
  const port = parentPort
  port?.on('message', (piece: Piece) => {
    void runSeeds(piece).then((batch) => port.postMessage(batch))
  })
}
