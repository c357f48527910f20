/** The files for Kubernetes, held against the server and its image, and rendered where kubectl is. There is no cluster to run them here. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { Parse } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadSettings } from '../../packages/server/src/config/load.ts'
import { SETTINGS } from '../../packages/server/src/config/settings.ts'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { httpFixture } from '../../packages/server/testing/http-fixture.ts'

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url))
const FOLDER = join(DEPLOY, 'kubernetes')
const OVERLAYS = ['cluster', 'single'] as const

/** What the store has after the drain, with workers. */
const STORE_S = 4

const Probe = Type.Object({ httpGet: Type.Object({ path: Type.String(), port: Type.Literal('http') }) })
const Workload = Type.Object({
  spec: Type.Object({
    selector: Type.Object({ matchLabels: Type.Record(Type.String(), Type.String()) }),
    template: Type.Object({
      spec: Type.Object({
        terminationGracePeriodSeconds: Type.Integer(),
        automountServiceAccountToken: Type.Literal(false),
        securityContext: Type.Object({
          runAsNonRoot: Type.Literal(true),
          runAsUser: Type.Integer(),
          runAsGroup: Type.Integer(),
          seccompProfile: Type.Object({ type: Type.Literal('RuntimeDefault') }),
        }),
        containers: Type.Tuple([
          Type.Object({
            ports: Type.Tuple([Type.Object({ name: Type.Literal('http'), containerPort: Type.Integer() })]),
            startupProbe: Probe,
            livenessProbe: Probe,
            readinessProbe: Probe,
            lifecycle: Type.Object({
              preStop: Type.Object({ sleep: Type.Object({ seconds: Type.Integer({ minimum: 5 }) }) }),
            }),
            securityContext: Type.Object({
              allowPrivilegeEscalation: Type.Literal(false),
              readOnlyRootFilesystem: Type.Literal(true),
              capabilities: Type.Object({ drop: Type.Tuple([Type.Literal('ALL')]) }),
            }),
            volumeMounts: Type.Tuple([Type.Object({ name: Type.Literal('data'), mountPath: Type.String() })]),
          }),
        ]),
      }),
    }),
  }),
})
const Manifest = Type.Object({
  kind: Type.String(),
  metadata: Type.Object({ name: Type.String() }),
  data: Type.Optional(Type.Record(Type.String(), Type.String())),
  spec: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
const Kustomization = Type.Object({
  configMapGenerator: Type.Tuple([Type.Object({ literals: Type.Array(Type.String()) })]),
})
const Ingress = Type.Object({
  spec: Type.Object({
    rules: Type.Tuple([
      Type.Object({
        http: Type.Object({
          paths: Type.Array(Type.Object({ path: Type.String(), pathType: Type.String() })),
        }),
      }),
    ]),
  }),
})

const read = (path: string) => readFile(join(FOLDER, path), 'utf8')
const yaml = async (path: string): Promise<unknown> => parse(await read(path))
const workload = async () => Parse(Workload, await yaml('base/workload.yaml'))

/** `NAME=value` lines as an environment. */
function environment(lines: readonly string[]): Record<string, string> {
  const pairs = lines.filter((line) => /^\w+=/.test(line)).map((line) => /^(\w+)=(.*)$/.exec(line))
  return Object.fromEntries(pairs.map((match): [string, string] => [match?.[1] ?? '', match?.[2] ?? '']))
}

/** Settings as a node gets them from the ConfigMap and the Secret. */
async function settingsOf(overlay: (typeof OVERLAYS)[number]) {
  const base = Parse(Kustomization, await yaml('base/kustomization.yaml'))
  const secrets = environment((await read(`overlays/${overlay}/secrets.env.example`)).split('\n'))
  if (secrets['ROOMFUL_JWT_SECRET'] === '') secrets['ROOMFUL_JWT_SECRET'] = randomBytes(48).toString('base64')
  const env = { ...environment(base.configMapGenerator[0].literals), ...secrets }
  const known = new Set(SETTINGS.flatMap((setting) => setting.env).concat('PGPASSWORD'))
  expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([])
  return loadSettings({ argv: [], env: { ...env, NODE_ENV: 'production' }, cwd: '/data', readFile: missing })
}

describe('deploy/kubernetes', () => {
  it.each(OVERLAYS)('%s gives settings that the server takes, as those of its pods', async (overlay) => {
    const settings = await settingsOf(overlay)
    const { spec } = (await workload()).spec.template
    const [container] = spec.containers
    expect(settings).toMatchObject({ host: '0.0.0.0', port: container.ports[0].containerPort, auth: 'jwt' })
    const pause = container.lifecycle.preStop.sleep.seconds
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + settings.drainTimeout + STORE_S)
  })

  it('runs the image as the user that it is made for, who owns its only folder', async () => {
    const dockerfile = await readFile(join(DEPLOY, 'Dockerfile'), 'utf8')
    const { spec } = (await workload()).spec.template
    const { runAsUser, runAsGroup } = spec.securityContext
    expect(dockerfile).toContain(`\nUSER ${runAsUser}:${runAsGroup}\n`)
    expect(dockerfile).toContain(
      `chown ${runAsUser}:${runAsGroup} ${spec.containers[0].volumeMounts[0].mountPath}\n`,
    )
  })

  it('asks a node what it answers, and hands on every route but those of operators', async () => {
    const http = await httpFixture()
    const { paths } = (await http.app.inject('/openapi.json')).json<{ paths: Record<string, unknown> }>()
    await http.app.close()
    const [container] = (await workload()).spec.template.spec.containers
    expect(container.startupProbe.httpGet.path).toBe('/livez')
    expect(container.livenessProbe.httpGet.path).toBe('/livez')
    expect(container.readinessProbe.httpGet.path).toBe('/readyz')
    const [rule] = Parse(Ingress, await yaml('base/ingress.yaml')).spec.rules
    const closed = Object.keys(paths).filter(
      (route) =>
        !rule.http.paths.some(({ path, pathType }) =>
          pathType === 'Exact' ? route === path : route === path || route.startsWith(`${path}/`),
        ),
    )
    expect(closed.sort()).toEqual(['/livez', '/metrics', '/readyz'])
  })

  describe.skipIf(pathOfProgram('kubectl') === null)(
    'as kubectl renders it (skipped without kubectl)',
    () => {
      let folder = ''
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'roomful-kubernetes-'))
        await cp(FOLDER, folder, { recursive: true })
        for (const overlay of OVERLAYS) {
          const file = join(folder, 'overlays', overlay, 'secrets.env')
          await rename(`${file}.example`, file)
        }
      })
      afterAll(() => rm(folder, { recursive: true, force: true }))

      const render = (overlay: string) => {
        const { status, stdout, stderr } = spawnSync('kubectl', [
          'kustomize',
          join(folder, 'overlays', overlay),
        ])
        expect([status, String(stderr)]).toEqual([0, ''])
        return parseAllDocuments(String(stdout)).map((document) => Parse(Manifest, document.toJS()))
      }

      it.each([
        ['cluster', 'Deployment'],
        ['single', 'StatefulSet'],
      ])('%s is a %s with everything around it', (overlay, kind) => {
        const manifests = render(overlay)
        expect(manifests.map((manifest) => manifest.kind).sort()).toEqual(
          [
            ...[
              'ConfigMap',
              'Ingress',
              'Namespace',
              'NetworkPolicy',
              'PodDisruptionBudget',
              'Secret',
              'Service',
            ],
            ...['ServiceAccount', kind],
          ].sort(),
        )
        const of = (wanted: string) => manifests.find((manifest) => manifest.kind === wanted)
        const pods = Parse(Workload, of(kind)).spec.selector.matchLabels
        expect(of('Service')?.spec).toMatchObject({ selector: pods })
        expect(of('PodDisruptionBudget')?.spec).toMatchObject({ selector: { matchLabels: pods } })
        // Whoever answers names is no node: a label for all selectors once kept every node from its name server.
        expect(of('NetworkPolicy')?.spec).toMatchObject({
          podSelector: { matchLabels: pods },
          policyTypes: ['Ingress', 'Egress'],
        })
        expect(JSON.stringify(of('NetworkPolicy')?.spec?.['egress'])).toContain(
          '"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}',
        )
        if (overlay === 'single')
          expect(of(kind)?.spec).toMatchObject({ replicas: 1, serviceName: 'roomful' })
      })
    },
  )
})

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}
