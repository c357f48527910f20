/** A strict reader of the text format of Prometheus, version 0.0.4: what it does not know makes it throw. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: readonly Sample[]
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^{}]*)\})? (-?[0-9][0-9.e+-]*|[+-]Inf)$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"$/

export function readExposition(text: string): readonly ReadFamily[] {
  if (!text.endsWith('\n')) throw new Error('the text does not end with a line feed')
  const families: (ReadFamily & { samples: Sample[] })[] = []
  const series = new Set<string>()
  const lines = text.split('\n').filter((line) => line !== '')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (!line.startsWith('#')) {
      const family = families.at(-1)
      const sample = readSample(line)
      if (family === undefined || !belongs(family, sample)) throw new Error(`out of place: ${line}`)
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels))}`
      if (series.has(key)) throw new Error(`twice: ${line}`)
      series.add(key)
      family.samples.push(sample)
      continue
    }
    const [, name = '', help = ''] = HELP.exec(line) ?? []
    const [, typed, type = ''] = TYPE.exec(lines[++i] ?? '') ?? []
    if (name === '' || typed !== name) throw new Error(`not a head of a family: ${line}`)
    if (families.some((family) => family.name === name)) throw new Error(`twice: ${name}`)
    families.push({ name, help, type, samples: [] })
  }
  for (const family of families) if (family.type === 'histogram') checkHistogram(family)
  return families
}

function readSample(line: string): Sample {
  const [, name = '', inBraces, value = ''] = SAMPLE.exec(line) ?? []
  if (name === '') throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  for (const part of inBraces === undefined || inBraces === '' ? [] : inBraces.split(/,(?=[a-zA-Z_]+=")/)) {
    const [, label = '', word = ''] = LABEL.exec(part) ?? []
    if (label === '' || label in labels) throw new Error(`not a label: ${part}`)
    labels[label] = word
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function belongs({ name, type }: ReadFamily, sample: Sample): boolean {
  if (type !== 'histogram') return sample.name === name
  return (
    [`${name}_sum`, `${name}_count`].includes(sample.name) ||
    (sample.name === `${name}_bucket` && 'le' in sample.labels)
  )
}

/** Buckets ascend, each holds those below it, and the last holds all; of each combination of labels. */
function checkHistogram({ name, samples }: ReadFamily): void {
  const others = ({ labels }: Sample) => {
    const { le: _le, ...rest } = labels
    return JSON.stringify(rest)
  }
  for (const key of new Set(samples.map(others))) {
    const ofKey = samples.filter((sample) => others(sample) === key)
    const buckets = ofKey.filter((sample) => sample.name === `${name}_bucket`)
    const count = ofKey.find((sample) => sample.name === `${name}_count`)
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('+Inf', 'Infinity')))
    const isAscending = (list: readonly number[], isStrict: boolean) =>
      list.every(
        (each, i) => i === 0 || (isStrict ? each > Number(list[i - 1]) : each >= Number(list[i - 1])),
      )
    const isFine =
      isAscending(bounds, true) &&
      isAscending(
        buckets.map(({ value }) => value),
        false,
      ) &&
      bounds.at(-1) === Infinity &&
      buckets.at(-1)?.value === count?.value
    if (!isFine) throw new Error(`not a histogram: ${name} ${key}`)
  }
}

/** The sum of the samples of a family that have these labels. */
export function valueOf(
  families: readonly ReadFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.find((each) => each.samples.some((sample) => sample.name === name))
  if (family === undefined) throw new Error(`there is no ${name}`)
  return family.samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, word]) => sample.labels[label] === word))
    .reduce((sum, { value }) => sum + value, 0)
}
