import { broker } from './broker.mjs'
import { churn } from './churn.mjs'
import { clock } from './clock.mjs'
import { database } from './database.mjs'
import { disk } from './disk.mjs'
import { drain } from './drain.mjs'
import { flood } from './flood.mjs'
import { halfopen } from './halfopen.mjs'
import { hints } from './hints.mjs'
import { kill9 } from './kill9.mjs'
import { lock } from './lock.mjs'
import { lostack } from './lostack.mjs'
import { names } from './names.mjs'
import { node } from './node.mjs'
import { offline } from './offline.mjs'
import { order } from './order.mjs'
import { partition } from './partition.mjs'
import { proxy } from './proxy.mjs'
import { reload } from './reload.mjs'
import { rolling } from './rolling.mjs'
import { slow } from './slow.mjs'
import { stall } from './stall.mjs'
import { storm } from './storm.mjs'

/**
 * Every fault run: what is done, how long the full one takes on two cores that do nothing else, and how long it may take, in seconds.
 * @type {Readonly<Record<string, { run: import('./run.mjs').Run, title: string, seconds: number, limitSeconds: number }>>}
 */
export const RUNS = {
  kill9: {
    run: kill9,
    title: 'the server killed (SIGKILL) in the middle of a burst',
    seconds: 215,
    limitSeconds: 900,
  },
  lostack: {
    run: lostack,
    title: 'acks lost, the same sent again, across restarts',
    seconds: 25,
    limitSeconds: 300,
  },
  offline: {
    run: offline,
    title: 'people away for seconds to days, up to 10,000 missed messages',
    seconds: 30,
    limitSeconds: 300,
  },
  storm: {
    run: storm,
    title: '5,000 clients cut 8 times each, away for about 2 s',
    seconds: 95,
    limitSeconds: 600,
  },
  drain: {
    run: drain,
    title: 'the server told to end (SIGTERM) with 5,000 clients',
    seconds: 25,
    limitSeconds: 300,
  },
  slow: { run: slow, title: '100 clients that stop to read', seconds: 190, limitSeconds: 480 },
  halfopen: { run: halfopen, title: 'peers that vanish without a word', seconds: 55, limitSeconds: 180 },
  stall: {
    run: stall,
    title: 'the server stands still (SIGSTOP) and goes on',
    seconds: 80,
    limitSeconds: 180,
  },
  clock: { run: clock, title: 'the wall clock jumps by hours and days', seconds: 110, limitSeconds: 240 },
  churn: {
    run: churn,
    title: 'a thousand people come and go for half an hour',
    seconds: 1_900,
    limitSeconds: 2_700,
  },
  flood: {
    run: flood,
    title: 'ten times of what is allowed, from a socket, a user, an address',
    seconds: 205,
    limitSeconds: 480,
  },
  lock: { run: lock, title: 'another program holds the database', seconds: 65, limitSeconds: 240 },
  disk: { run: disk, title: 'the disk of the data folder is full', seconds: 20, limitSeconds: 240 },
  order: {
    run: order,
    title: 'three nodes, one room, everything late or standing still',
    seconds: 150,
    limitSeconds: 900,
  },
  node: {
    run: node,
    title: 'one of three nodes killed (SIGKILL) while all serve',
    seconds: 120,
    limitSeconds: 900,
  },
  broker: {
    run: broker,
    title: 'the broker between three nodes killed (SIGKILL)',
    seconds: 60,
    limitSeconds: 600,
  },
  hints: { run: hints, title: 'hints between three nodes lost', seconds: 90, limitSeconds: 300 },
  names: {
    run: names,
    title: 'names claimed at once on three nodes, and whispers between them',
    seconds: 40,
    limitSeconds: 300,
  },
  database: {
    run: database,
    title: 'PostgreSQL killed (SIGKILL) while three nodes serve',
    seconds: 60,
    limitSeconds: 900,
  },
  partition: {
    run: partition,
    title: 'a node cut off from the database, then from the broker, in either direction',
    seconds: 570,
    limitSeconds: 1_800,
  },
  proxy: {
    run: proxy,
    title: 'nginx before three nodes reloaded while people speak',
    seconds: 60,
    limitSeconds: 900,
  },
  rolling: {
    run: rolling,
    title: 'three nodes behind nginx restarted one by one, two versions together',
    seconds: 60,
    limitSeconds: 900,
  },
  reload: { run: reload, title: 'a page reloaded or killed while it sends', seconds: 450, limitSeconds: 900 },
}
