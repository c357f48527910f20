// Writes docs/settings.md from the table of settings. Needs a build: npm run build
import { writeFileSync } from 'node:fs'
import { settingsPage } from '../packages/server/dist/config/reference.js'

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsPage())
