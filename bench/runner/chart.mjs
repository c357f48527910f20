/** Bars as SVG, readable on light and dark pages. */
import { PRIMARY } from './columns.mjs'
import { summary } from './figures.mjs'

/** @typedef {import('./table.mjs').Row} Row */
/** @typedef {{ scenario: import('../scenarios.mjs').Scenario, title: string, rows: readonly Row[] }} Panel */

const WIDTH = 820
const LABEL = 170
const VALUE = 110
const BAR = 16
const STEP = 22
const HEAD = 48
const GAP = 18
const LINE = 18
const MARGIN = 8
const FULL = WIDTH - LABEL - VALUE

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.note { font-size: 12px; fill: #59636e }
.bar { fill: #8c959f }
.own { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .bar { fill: #656c76 }
  .own { fill: #4493f8 }
}`

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** @param {number} x @param {number} y @param {string} text @param {string} [name] of its class */
const label = (x, y, text, name) =>
  `<text x="${x}" y="${y}"${name === undefined ? '' : ` class="${name}"`}>${escaped(text)}</text>`

/** @param {Panel} panel @param {number} top */
function panelSvg({ scenario, title, rows }, top) {
  const primary = PRIMARY[scenario.shape]
  const bars = rows.flatMap(({ id, title: name, runs }) => {
    const value = summary(runs)[primary.key]?.median ?? NaN
    return Number.isFinite(value) ? [{ id, name, value }] : []
  })
  const highest = Math.max(...bars.map(({ value }) => value))
  const lines = bars.map(({ id, name, value }, index) => {
    const y = top + HEAD + index * STEP
    const width = Math.max(1, (value / highest) * FULL).toFixed(1)
    const own = id === 'roomful' || id === 'memory' ? 'own' : 'bar'
    return [
      label(0, y + 12, name),
      `<rect class="${own}" x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
      label(LABEL + Number(width) + 6, y + 12, primary.format(value)),
    ].join('\n')
  })
  const svg = [
    label(0, top + 14, `${scenario.id}: ${primary.unit}`, 'title'),
    label(0, top + 33, title, 'note'),
    ...lines,
  ].join('\n')
  return { svg, height: HEAD + bars.length * STEP + GAP }
}

/** @param {readonly Panel[]} panels @param {readonly string[]} footer lines */
export function chart(panels, footer) {
  let top = 4
  const parts = panels.map((panel) => {
    const { svg, height } = panelSvg(panel, top)
    top += height
    return svg
  })
  const height = top + footer.length * LINE + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} 0 ${WIDTH + 2 * MARGIN} ${height}" width="${WIDTH + 2 * MARGIN}" height="${height}" role="img" aria-label="Roomful and its peers, measured">
<style>${STYLE}
</style>
${parts.join('\n')}
${footer.map((line, index) => label(0, top + 12 + index * LINE, line, 'note')).join('\n')}
</svg>
`
}
