// Writes docs/settings.md and docs/settings.zh-TW.md from the table of settings. Needs a build: npm run build
import { writeFileSync } from 'node:fs'
import { settingsPage } from '../packages/server/dist/config/reference.js'
import { settingsPageZh } from '../packages/server/dist/config/reference-zh.js'

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsPage())
writeFileSync(new URL('../docs/settings.zh-TW.md', import.meta.url), settingsPageZh())
