/** Real brokers for tests. Each is addressed by `url`, and is a `Daemon` otherwise. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressesOf, Daemon, freePort } from './daemon.mjs'

/** @typedef {Daemon & { readonly url: string }} Broker */
/** @typedef {import('./daemon.mjs').Place} Place */

const REDIS = '/usr/bin/redis-server'
const NATS = '/usr/sbin/nats-server'
/** Not the wrapper around it, which changes the user and keeps its output. */
const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** Last words of a server whose broker did not answer in time, as on a machine that does other work. Who runs one starts it again. */
export const BROKER_SILENT = 'cannot be used: no answer within'

/** Whether each is installed. */
export const HAS = { redis: existsSync(REDIS), nats: existsSync(NATS), rabbitmq: existsSync(RABBITMQ) }

/** @param {Daemon} daemon @param {string} scheme @returns {Broker} */
const addressed = (daemon, scheme) => Object.assign(daemon, { url: `${scheme}://127.0.0.1:${daemon.port}` })

/** @param {readonly string[]} [more] further arguments @param {Place} [place] */
export async function startRedis(more = [], place = {}) {
  const daemon = await Daemon.start(
    {
      name: 'redis',
      debian: 'redis-server',
      program: REDIS,
      args: ({ folder, port }) => [
        '--port',
        String(port),
        '--bind',
        ...addressesOf(place),
        '--dir',
        folder,
        '--save',
        '',
        // Otherwise one without a password serves nobody but loopback.
        ...(place.outside === undefined ? [] : ['--protected-mode', 'no']),
        ...more,
      ],
      ready: { say: 'PING\r\n', answers: ['+PONG', '-NOAUTH'] },
    },
    place,
  )
  return addressed(daemon, 'redis')
}

/** @param {readonly string[]} [more] further arguments @param {Place} [place] */
export async function startNats(more = [], place = {}) {
  const daemon = await Daemon.start(
    {
      name: 'nats',
      debian: 'nats-server',
      program: NATS,
      args: ({ port }) => ['--addr', hostOf(place), '--port', String(port), ...more],
      ready: { say: '', answers: ['INFO '] },
    },
    place,
  )
  return addressed(daemon, 'nats')
}

/** @param {Place} [place] @param {string} [more] further arguments of its Erlang, such as `-rabbit NAME VALUE` without spaces in the value */
export async function startRabbit(place = {}, more = '') {
  const daemon = await Daemon.start(
    {
      name: 'rabbitmq',
      debian: 'rabbitmq-server',
      program: RABBITMQ,
      args: () => [],
      prepare: ({ folder }) => {
        writeFileSync(join(folder, 'plugins'), '[].\n')
        mkdirSync(join(folder, 'no-plugins'))
        linkLibraries(folder)
      },
      env: async (of) => rabbitEnvironment(of, { distributionPort: await freePort(), place, more }),
      ready: { say: Buffer.from('AMQP\0\0\x09\x01', 'latin1'), answers: ['\x01'] },
    },
    place,
  )
  return addressed(daemon, 'amqp')
}

/** Of a program that listens on one address, or on all. @param {Place} place */
const hostOf = ({ outside }) => (outside === undefined ? '127.0.0.1' : '0.0.0.0')

/** Where Debian has the libraries of RabbitMQ and its plugins. */
const RABBITMQ_RELEASES = '/usr/lib/rabbitmq/lib'

/**
 * Gives it the libraries without the plugins: it looks for each of its thousand modules in one folder after the other, which takes
 * a third of the time of its start. Where they are elsewhere it uses its own.
 * @param {string} folder
 */
function linkLibraries(folder) {
  const home = join(folder, 'home')
  const links = join(home, 'plugins')
  mkdirSync(links, { recursive: true })
  const releases = existsSync(RABBITMQ_RELEASES) ? readdirSync(RABBITMQ_RELEASES) : []
  for (const release of releases) {
    const libraries = join(RABBITMQ_RELEASES, release, 'plugins')
    for (const name of existsSync(libraries) ? readdirSync(libraries) : [])
      if (!name.startsWith('rabbitmq_') || name.startsWith('rabbitmq_prelaunch'))
        symlinkSync(join(libraries, name), join(links, name))
  }
  writeFileSync(
    join(folder, 'environment'),
    readdirSync(links).length === 0 ? '' : `RABBITMQ_HOME='${home}'\n`,
  )
}

/** @param {{ folder: string, port: number }} of @param {{ distributionPort: number, place: Place, more: string }} how */
function rabbitEnvironment({ folder, port }, { distributionPort, place, more }) {
  const name = `roomful-${port}@localhost`
  // One that is distributed already starts no port mapper, which would stay behind, and starts two seconds sooner.
  const distribution = `-sname ${name} -start_epmd false -erl_epmd_port ${distributionPort} -kernel inet_dist_use_interface {127,0,0,1}`
  // Otherwise the user that it has at first may come from loopback only.
  const users = place.outside === undefined ? '' : '-rabbit loopback_users []'
  return {
    HOME: folder,
    // It is the process that was started, and not a child of a shell that waits for it.
    detached: 'true',
    RABBITMQ_CONF_ENV_FILE: join(folder, 'environment'),
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_IP_ADDRESS: hostOf(place),
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_BASE: folder,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    // To its output, so that what goes wrong is told with it.
    RABBITMQ_LOGS: '-',
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PLUGINS_DIR: join(folder, 'no-plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_SERVER_ERL_ARGS: '+S 2:2 +sbwt none',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [distribution, users, more].join(' '),
  }
}
