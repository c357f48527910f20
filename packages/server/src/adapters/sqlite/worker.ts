/** The thread that owns the database. Started by `sqlite-store.ts`; speaks `messages.ts`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { flattenPage } from '../store-codec.ts'
import { RESULT, resultCode } from './driver.ts'
import type { Engine } from './engine.ts'
import type { Calls, CallName, Question, Report, Setup } from './messages.ts'
import { openEngine } from './open.ts'

if (parentPort === null) throw new Error('This file is the entry of a worker thread')
await start(parentPort, workerData as Setup)

async function start(port: MessagePort, setup: Setup): Promise<void> {
  const report = (message: Report) => port.postMessage(message)
  let engine: Engine
  try {
    engine = await openEngine(setup.folder, setup.limits)
    resume(engine, setup)
  } catch (error) {
    return report({ type: 'refused', message: textOf(error) })
  }
  let renewal: NodeJS.Timeout | null = null
  const renewLater = (): void => {
    if (renewal !== null || !engine.owesRenewal) return
    renewal = setTimeout(() => {
      renewal = null
      engine.renewLog()
      renewLater()
    }, setup.renewAfterMs)
  }
  renewLater()
  port.on('message', (question: Question) => {
    report(reportOn(engine, question))
    if (question.name === 'close') {
      clearTimeout(renewal ?? undefined)
      port.close()
    } else renewLater()
  })
  report({ type: 'ready', epoch: engine.epoch, driver: engine.driver })
}

function resume(engine: Engine, { folder, epoch, inDoubt }: Setup): void {
  if (epoch !== null && epoch !== engine.epoch) {
    engine.close()
    throw new Error(
      `Another database has come to lie in the data folder ${folder}: restart Roomful to use it.`,
    )
  }
  if (inDoubt.length > 0) engine.undo(inDoubt)
}

function reportOn(engine: Engine, question: Question): Report {
  const { number } = question
  try {
    return { type: 'answer', number, answer: answerTo(engine, question) }
  } catch (error) {
    return { type: 'failure', number, message: sentenceOf(error), detail: textOf(error) }
  }
}

function answerTo(engine: Engine, question: Question): Calls[CallName]['answer'] {
  switch (question.name) {
    case 'append':
      return engine.append(question.ask)
    case 'read':
      return flattenPage(engine.read(question.ask.log, question.ask.range, question.ask.limit))
    case 'heads':
      return engine.heads(question.ask)
    case 'firsts':
      return engine.firsts(question.ask)
    case 'trim':
      return engine.trim(question.ask.retention, question.ask.limit)
    case 'rooms':
      return engine.rooms(question.ask.after, question.ask.limit)
    case 'check':
      engine.check()
      break
    case 'close':
      engine.close()
      break
  }
  return null
}

function sentenceOf(error: unknown): string {
  switch (resultCode(error)) {
    case RESULT.full:
      return 'The disk of the data folder is full.'
    case RESULT.busy:
      return 'The database is locked by another program.'
    case RESULT.readonly:
      return 'The database cannot be written any more.'
    default:
      return 'The database failed.'
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
