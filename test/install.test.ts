import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** So `npm ci --ignore-scripts`, or an npm that runs none, installs all that is needed. */
it('no package has an install script', () => {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  expect(Object.keys(packages).length).toBeGreaterThan(100)
  expect(Object.keys(packages).filter((name) => packages[name]?.hasInstallScript === true)).toEqual([])
})
