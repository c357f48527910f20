import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGES = fileURLToPath(new URL('../../../packages/', import.meta.url))

/**
 * The built server once more, which says another version of itself.
 * @param {string} folder @param {string} version @returns {Promise<string>} its program
 */
export async function otherVersion(folder, version) {
  const server = join(folder, 'packages', 'server')
  await mkdir(join(folder, 'packages', 'web'), { recursive: true })
  await cp(join(PACKAGES, 'server', 'bundle'), join(server, 'bundle'), { recursive: true })
  await symlink(join(PACKAGES, 'web', 'dist'), join(folder, 'packages', 'web', 'dist'))
  const own = JSON.parse(await readFile(join(PACKAGES, 'server', 'package.json'), 'utf8'))
  await writeFile(join(server, 'package.json'), JSON.stringify({ ...own, version }))
  return join(server, 'bundle', 'main.js')
}
