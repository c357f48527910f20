import { readFileSync, statSync } from 'node:fs'
import { rulesInFile } from './config/load.ts'
import type { Settings } from './config/settings.ts'
import type { Hub } from './core/hub.ts'
import type { Logger } from './ports/logger.ts'
import { claimsOf, type Rule } from './ports/permissions.ts'

/** Milliseconds between two looks at the file. */
const LOOK_MS = 2_000

/**
 * PE8: from now on the rules of the configuration file hold as they are changed. What is not usable, or not there, changes nothing and is logged. Returns how to
 * stop.
 */
export function watchRules(
  { config, auth, permissions }: Pick<Settings, 'config' | 'auth'> & { permissions: readonly Rule[] },
  hub: Pick<Hub, 'replaceRules'>,
  logger: Logger,
  lookMs = LOOK_MS,
): () => void {
  const kept = claimsOf(permissions)
  let inForce = JSON.stringify(permissions)
  let seen = ''
  const read = (): void => {
    const rules = rulesInFile(config, auth, (path) => readFileSync(path, 'utf8'))
    const text = JSON.stringify(rules)
    if (text === inForce) return
    // Of the tokens that were shown so far nothing is known but these.
    const claim = claimsOf(rules).find((name) => !kept.includes(name))
    if (claim !== undefined) throw new Error(`The claim ${claim} was in no rule at the start: start anew.`)
    hub.replaceRules(rules)
    inForce = text
    logger.info('permissions_reloaded', { rules: rules.length })
  }
  const look = (): void => {
    const found = shapeOf(config)
    if (found === seen) return
    seen = found
    // Where there never were rules, there need not be a file.
    if (found === ABSENT && inForce === '[]') return
    try {
      read()
    } catch (error) {
      logger.warn('permissions_not_reloaded', {}, error)
    }
  }
  const timer = setInterval(look, lookMs).unref()
  return () => clearInterval(timer)
}

const ABSENT = 'absent'

/** Changes when the file does. */
function shapeOf(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
    return stats === undefined ? ABSENT : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
  } catch {
    return 'unreadable'
  }
}
