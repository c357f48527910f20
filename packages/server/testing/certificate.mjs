/** Certificates that nobody but themselves has signed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathOfProgram } from './daemon.mjs'

/** Whether one can be made here. */
export const HAS_OPENSSL = pathOfProgram('openssl') !== null

/**
 * A certificate for a day, in a folder of its own with its key.
 * @param {string} [alternative] what it is for besides chat.example, as `IP:127.0.0.1` or `DNS:NAME`
 */
export function makeCertificate(alternative) {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-tls-'))
  const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')]
  const kind = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=chat.example'
  const names = alternative === undefined ? [] : ['-addext', `subjectAltName=${alternative}`]
  const args = ['req', '-x509', ...kind.split(' '), ...names, '-keyout', key, '-out', certificate]
  execFileSync('openssl', args, { stdio: 'ignore' })
  return {
    folder,
    key,
    certificate,
    /** What is in them. */
    read: () => ({ key: readFileSync(key), cert: readFileSync(certificate) }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
