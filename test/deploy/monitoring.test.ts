import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { ProcessMetrics } from '../../packages/server/src/adapters/metrics/process-metrics.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: { readonly summary: string }
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))
const read = (file: string) => readFile(pathOf(file), 'utf8')

const rules = async (): Promise<readonly Rule[]> => {
  const { groups } = parse(await read('deploy/monitoring/alerts.yaml')) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
}
const panels = async (): Promise<readonly Panel[]> => {
  const { panels: all } = JSON.parse(await read('deploy/monitoring/grafana-dashboard.json')) as {
    panels: Panel[]
  }
  return all.filter(({ type }) => type !== 'row')
}

/** What Grafana puts in before it asks. */
const filledIn = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*')

const WORDS = new Set(['by', 'without', 'and', 'or', 'unless', 'on', 'ignoring', 'bool'])

/** Names of series in an expression: what is neither a function, a word of the language, a label, a text nor a time. */
function seriesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, '')
  return [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w|\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name))
}

/** Every name of a series that a server has: docs/monitoring.md is what it tells (OP2), and the usual ones of its process. */
async function known(): Promise<ReadonlySet<string>> {
  const rows = (await read('docs/monitoring.md')).matchAll(/^\| `(roomful_\w+)` \| (\w+) \|/gm)
  const own = [...rows].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  const standard = await new ProcessMetrics().collect()
  return new Set(['up', ...own, ...standard.map(({ name }) => name)])
}

describe('deploy/monitoring', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomful-monitoring-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Runs promtool, which ends with 0 and whose complaints are on standard error. */
  const promtool = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('promtool', args)
    expect([status, String(stderr)]).toEqual([0, ''])
    return String(stdout)
  }
  const hasPromtool = pathOfProgram('promtool') !== null

  it('asks for no series that a server does not have', async () => {
    expect(seriesIn('sum by (le, x) (rate(a_bucket{b="c d"}[5m])) / e > 0.5 and f_total')).toEqual([
      'a_bucket',
      'e',
      'f_total',
    ])
    const names = await known()
    const alerts = (await rules()).map(({ alert, expr }) => [alert, expr] as const)
    const shown = (await panels()).flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [title, expr] as const),
    )
    expect(alerts.length).toBeGreaterThan(10)
    expect(shown.length).toBeGreaterThan(30)
    for (const [title, expr] of [...alerts, ...shown]) {
      const series = seriesIn(filledIn(expr))
      expect([title, series.length > 0]).toEqual([title, true])
      expect([title, series.filter((name) => !names.has(name))]).toEqual([title, []])
    }
  })

  it.skipIf(!hasPromtool)('is taken by Prometheus', async () => {
    expect(promtool('check', 'config', pathOf('deploy/monitoring/prometheus.yaml'))).toContain('SUCCESS')
    // Expressions of the dashboard as rules, so that they are read by Prometheus' own parser.
    const recorded = (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => filledIn(expr)))
    const file = join(folder, 'dashboard.yaml')
    const asRules = recorded.map((expr, i) => ({ record: `panel:${i}`, expr }))
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: asRules }] }))
    expect(promtool('check', 'rules', file)).toContain(`${recorded.length} rules found`)
  })

  it.skipIf(!hasPromtool)(
    'warns of a store that is down, of too many connections, and of nothing when all is well',
    async () => {
      const summaryOf = async (alert: string) =>
        (await rules()).find((rule) => rule.alert === alert)?.annotations.summary ?? ''
      const on = (text: string) => text.replace('{{ $labels.instance }}', 'a')
      const series = (store: string, connections: string) => [
        { series: 'up{job="roomful",instance="a"}', values: '1x60' },
        { series: 'roomful_store_up{job="roomful",instance="a"}', values: store },
        {
          series: 'roomful_connections{job="roomful",instance="a",endpoint="chat",dialect="v1"}',
          values: connections,
        },
        { series: 'roomful_connections_limit{job="roomful",instance="a"}', values: '1000x60' },
      ]
      const alert = async (alertname: string, severity: string, summary?: string) => ({
        alertname,
        eval_time: '10m',
        exp_alerts:
          summary === undefined
            ? []
            : [{ exp_labels: { ...labelsOf(alertname), severity }, exp_annotations: { summary } }],
      })
      const labelsOf = (name: string) =>
        name === 'RoomfulStoreDown' ? { job: 'roomful', instance: 'a' } : { instance: 'a' }
      const full = on(await summaryOf('RoomfulNearlyFull')).replace(
        '{{ $value | humanizePercentage }}',
        '90%',
      )
      const tests = [
        {
          input: series('1x60', '10x60'),
          rules: [await alert('RoomfulStoreDown', 'critical'), await alert('RoomfulNearlyFull', 'warning')],
        },
        {
          input: series('0x60', '900x60'),
          rules: [
            await alert('RoomfulStoreDown', 'critical', on(await summaryOf('RoomfulStoreDown'))),
            await alert('RoomfulNearlyFull', 'warning', full),
          ],
        },
      ]
      const file = join(folder, 'alerts.test.yaml')
      await writeFile(
        file,
        stringify({
          rule_files: [pathOf('deploy/monitoring/alerts.yaml')],
          evaluation_interval: '15s',
          tests: tests.map(({ input, rules: alert_rule_test }) => ({
            interval: '15s',
            input_series: input,
            alert_rule_test,
          })),
        }),
      )
      expect(promtool('test', 'rules', file)).toContain('SUCCESS')
    },
  )
})
