/** The rules of PROTOCOL.md and the tests that prove them. */
import { lineAt, skeletonOf } from './lexer.mjs'

/** @typedef {{ title: string, file: string, line: number }} Title */

const RULE_ROW = /^\| ([A-Z]{1,2}\d+) \|/gm
const IDS = /^[A-Z]{1,2}\d+(?:(?:, | and )[A-Z]{1,2}\d+)*(?=:)/
const TEST = /(?<![.\w$#])(?:it|test)(?=[.(])/g
const MODIFIER = /\.(\w+)\s*/y
const TITLE = /\(\s*"(\d+)"/y
const CALLED_MODIFIERS = new Set(['each', 'for', 'skipIf', 'runIf'])
const NOT_RUN = new Set(['skip', 'todo'])

/** Ids of all rules, in order. @param {string} protocol text of PROTOCOL.md */
export const ruleIds = (protocol) => [...protocol.matchAll(RULE_ROW)].map((match) => String(match[1]))

/** @param {string} code @param {number} open position of a bracket @returns {number} behind the one that closes it */
function behindBrackets(code, open) {
  let depth = 0
  for (let i = open; i < code.length; i += 1) {
    if (code[i] === '(') depth += 1
    if (code[i] === ')') depth -= 1
    if (depth === 0) return i + 1
  }
  return code.length
}

/** @param {RegExp} sticky @param {string} code @param {number} at */
function matchAt(sticky, code, at) {
  sticky.lastIndex = at
  return sticky.exec(code)
}

/** Titles of the tests in a file that run; a computed title up to its first variable part. @param {string} file @param {string} text @returns {Title[]} */
export function titlesIn(file, text) {
  const { code, strings } = skeletonOf(text)
  return [...code.matchAll(TEST)].flatMap((test) => {
    let at = test.index + test[0].length
    for (
      let modifier = matchAt(MODIFIER, code, at);
      modifier !== null;
      modifier = matchAt(MODIFIER, code, at)
    ) {
      if (NOT_RUN.has(String(modifier[1]))) return []
      at += modifier[0].length
      if (CALLED_MODIFIERS.has(String(modifier[1]))) at = behindBrackets(code, at)
    }
    const title = matchAt(TITLE, code, at)
    return title === null
      ? []
      : [{ title: String(strings[Number(title[1])]), file, line: lineAt(code, test.index) }]
  })
}

/** @param {string} title @returns {string[]} rule ids before its colon */
const idsOf = (title) => IDS.exec(title)?.[0].split(/, | and /) ?? []

/**
 * @param {string} protocol text of PROTOCOL.md
 * @param {readonly Title[]} titles
 * @returns {string[]} each fault as one line: a rule without a test, a test of an unknown rule, an id given twice
 */
export function ruleFaults(protocol, titles) {
  const ids = ruleIds(protocol)
  const known = new Set(ids)
  const proven = new Set(titles.flatMap(({ title }) => idsOf(title)))
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is given twice`),
    ...[...known].filter((id) => !proven.has(id)).map((id) => `${id} has no test`),
    ...titles.flatMap(({ title, file, line }) =>
      idsOf(title)
        .filter((id) => !known.has(id))
        .map((id) => `${file}:${line}: ${id} is no rule`),
    ),
  ]
}
