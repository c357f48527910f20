import { defineConfig } from 'vitest/config'

// Workspace packages are taken from their sources, so that no test ever runs a stale build.
const conditions = ['source', 'module', 'node', 'development|production']

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } },
}

/** Milliseconds for a test or a hook. It decides only how long one takes that fails, and is more than a broker has to start on a busy machine. */
const TEST_MS = 420_000

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
          testTimeout: TEST_MS,
          hookTimeout: TEST_MS,
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
          testTimeout: TEST_MS,
          hookTimeout: TEST_MS,
          expect: { poll: { timeout: 60_000 } },
          // Each file starts processes of its own, most of which wait most of the time: with three of them, two cores were idle for half of it.
          maxWorkers: 4,
          // As above. What a file has begun it ends itself.
          isolate: false,
          maxConcurrency: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
