import { defineConfig } from 'vitest/config'

// Workspace packages are taken from their sources, so that no test ever runs a stale build.
const conditions = ['source', 'module', 'node', 'development|production']

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } },
}

/** Tests of the repository itself. They run first. */
const STRUCTURE = ['test/import-graph.test.ts', 'test/rules.test.ts']

export default defineConfig({
  test: {
    reporters: process.env['CI'] === 'true' ? ['default'] : [['default', { summary: false }]],
    projects: [
      {
        ...shared,
        test: {
          name: 'structure',
          include: STRUCTURE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'bench/**/*.test.ts'],
          testTimeout: 20_000,
          // Half of it waits for disks and servers. Without a number there is one fewer than processors.
          maxWorkers: 3,
          // What a file imports stays loaded for the next one: loading took two thirds of the time. So a test that changes a module loads it anew.
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: STRUCTURE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 30_000 } },
          // Each file starts processes of its own, most of which wait most of the time: with three of them, two cores were idle for half of it.
          maxWorkers: 4,
          maxConcurrency: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
