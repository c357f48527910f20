/** What a run leaves behind: JSON for machines, a chart for readers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { inTree } from '../../scripts/lib/tree.mjs'
import { PEERS } from '../peers/peers.mjs'
import { chart } from './chart.mjs'
import { PRIMARY } from './columns.mjs'
import { ratio, summary } from './figures.mjs'
import { judge } from './targets.mjs'

/** @typedef {import('./chart.mjs').Panel} Panel */
/** @typedef {import('./machine.mjs').Machine} Machine */

const REFERENCES = ['ws', 'bun', 'floor']

/** Versions of everything that was measured. @param {readonly Panel[]} panels */
function versionsOf(panels) {
  const ids = new Set(
    panels.flatMap(({ rows }) => rows.filter(({ runs }) => runs.length > 0).map(({ id }) => id)),
  )
  return Object.fromEntries(PEERS.filter(({ id }) => ids.has(id)).map(({ id, versions }) => [id, versions()]))
}

/** @param {Panel} panel */
const panelReport = ({ scenario: { id, shape }, title, rows }) => ({
  scenario: id,
  title,
  primary: PRIMARY[shape].key,
  peers: rows.map((row) => ({
    peer: row.id,
    title: row.title,
    skipped: row.skipped,
    figures: row.runs.length > 0 ? summary(row.runs) : null,
    ratios: Object.fromEntries(
      REFERENCES.map((reference) => {
        const runs = rows.find((other) => other.id === reference)?.runs ?? []
        return [reference, ratio(row.runs, runs, PRIMARY[shape].key)]
      }),
    ),
    runs: row.runs.map(({ figures }) => figures),
  })),
})

/** @param {readonly Panel[]} panels @param {string} scenario @param {string} peer */
const runsIn = (panels, scenario, peer) =>
  panels.find((panel) => panel.scenario.id === scenario)?.rows.find(({ id }) => id === peer)?.runs ?? []

/** @param {readonly Panel[]} panels */
export const verdictsOn = (panels) => judge((scenario, peer) => runsIn(panels, scenario, peer))

/**
 * @param {object} session
 * @param {string} session.command
 * @param {Date} session.date
 * @param {number} session.repetitions
 * @param {Machine} session.machine
 * @param {readonly Panel[]} session.panels
 */
export const reportOf = ({ command, date, repetitions, machine, panels }) => ({
  date: date.toISOString(),
  command,
  repetitions,
  machine,
  versions: versionsOf(panels),
  scenarios: panels.map(panelReport),
  targets: verdictsOn(panels),
})

/**
 * Writes `bench/results/DATE.json` and `.svg`.
 * @param {ReturnType<typeof reportOf>} report @param {readonly Panel[]} panels
 * @returns {string} their path without the ending
 */
export function save(report, panels) {
  const name = `bench/results/${report.date.slice(0, 19).replaceAll(':', '-')}`
  mkdirSync(inTree('bench', 'results'), { recursive: true })
  writeFileSync(inTree(`${name}.json`), `${JSON.stringify(report, null, 1)}\n`)
  const { cpu, cores, system } = report.machine
  const footer = [`${cores} cores of ${cpu}, ${system}`, `${report.date.slice(0, 10)}, ${report.command}`]
  const drawn = panels.filter(({ rows }) => rows.some(({ runs }) => runs.length > 0))
  writeFileSync(inTree(`${name}.svg`), chart(drawn, footer))
  return name
}
