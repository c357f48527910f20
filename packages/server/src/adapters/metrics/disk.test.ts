import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { diskFamilies } from './disk.ts'
import { createScrape } from './exposition.ts'
import { ProcessMetrics } from './process-metrics.ts'

async function told(folder: string | null): Promise<string> {
  const metrics = new ProcessMetrics()
  metrics.add(() => diskFamilies(folder))
  return (await createScrape(async () => [await metrics.collect()])()).text
}

it('says how much is free where the data folder is, and no number where there is none', async () => {
  expect(Number(/^roomful_data_free_bytes (\S+)$/m.exec(await told(tmpdir()))?.[1])).toBeGreaterThan(0)
  for (const nowhere of [null, join(tmpdir(), 'no-such-folder-here')]) {
    expect(await told(nowhere)).toContain('# TYPE roomful_data_free_bytes gauge')
    expect(await told(nowhere)).not.toMatch(/^roomful_data_free_bytes/m)
  }
})
