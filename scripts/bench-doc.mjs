// Writes the performance tables of both READMEs from a run in bench/results, the newest unless one is named.
import { writeFileSync } from 'node:fs'
import { benchSection, newestRun, READMES, readmeOf, withSection } from './lib/bench-table.mjs'
import { inTree } from './lib/tree.mjs'

const file = process.argv[2] ?? newestRun()
if (file === undefined) throw new Error('bench/results holds no run: npm run bench')
for (const lang of /** @type {const} */ (['en', 'zh-TW']))
  writeFileSync(inTree(READMES[lang]), withSection(readmeOf(lang), benchSection(file, lang)))
