import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { kustomize, overlayFolder, placesIn, root } from './fixtures.ts';
import { buildFolder } from './kustomize.ts';
import { manifestProblems } from './manifest-problems.ts';

interface Overlay {
  readonly hub?: string;
  readonly feed?: string;
  /** A JSON patch of the hub's Deployment. */
  readonly patch?: readonly Record<string, unknown>[];
}

/** The problems of an overlay upon `dev`, and where the files of this test are, as problems name them. */
async function problemsOf(t: TestContext, { hub = '', feed = '', patch = [] }: Overlay) {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-overlay-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'hub.env'), hub);
  writeFileSync(join(folder, 'feed.env'), feed);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, overlayFolder('dev'))],
    configMapGenerator: ['hub', 'feed'].map((name) => ({
      name: `tickwire-${name}`,
      namespace: 'tickwire-dev',
      behavior: 'merge',
      envs: [`${name}.env`],
    })),
    patches: [{ target: { kind: 'Deployment', name: 'tickwire-hub' }, patch: JSON.stringify(patch) }],
  };
  if (patch.length === 0) Reflect.deleteProperty(kustomization, 'patches');
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization)); // JSON is YAML
  const problems = await manifestProblems(buildFolder(kustomize, folder), placesIn(folder));
  return { problems, folder: relative(root, folder) };
}

test('an overlay that changes nothing has no problem', async (t) => {
  assert.deepEqual((await problemsOf(t, {})).problems, []);
});

test('a value out of range is named with its file, line and key, and what it must be', async (t) => {
  const { problems, folder } = await problemsOf(t, { hub: '# The port\nTICKWIRE_DRAIN_MS=10m\n' });
  assert.deepEqual(problems, [
    `Deployment tickwire-hub: ${folder}/hub.env:2: TICKWIRE_DRAIN_MS is "10m", but must be a whole number from 0 to 600000 (ms)`,
  ]);
});

test('every wrong value is named, also those of the other process', async (t) => {
  const { problems, folder } = await problemsOf(t, {
    hub: 'TICKWIRE_REDIS_MODE=clustered\nTICKWIRE_SOCKETS=many\n',
    feed: 'TICKWIRE_VENUES=coinbase\n',
  });
  assert.deepEqual(problems.map((problem) => problem.split(',', 1)[0]).sort(), [
    `Deployment tickwire-feed: ${folder}/feed.env:1: TICKWIRE_COINBASE_PRODUCTS is not set`,
    `Deployment tickwire-hub: ${folder}/hub.env:1: TICKWIRE_REDIS_MODE is "clustered"`,
    `Deployment tickwire-hub: ${folder}/hub.env:2: TICKWIRE_SOCKETS is "many"`,
  ]);
});

test('a key that does not exist is named with the one that was probably meant', async (t) => {
  const { problems, folder } = await problemsOf(t, { feed: 'TICKWIRE_CONFLATE=5000\n' });
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /TICKWIRE_CONFLATE is not a key that Tickwire knows/);
  assert.ok(problems[0]?.includes(`${folder}/feed.env:1`), problems[0]);
});

test('values that contradict each other are named where the later one is set', async (t) => {
  const { problems, folder } = await problemsOf(t, { hub: 'TICKWIRE_AUTH=jwt\n' });
  assert.deepEqual(problems, [
    `Deployment tickwire-hub: ${folder}/hub.env:1: TICKWIRE_AUTH is "jwt", but none of TICKWIRE_JWT_SECRET, ` +
      'TICKWIRE_JWT_PUBLIC_KEY, TICKWIRE_JWT_JWKS_URL is set; set one of them',
  ]);
});

test('a drain that outlasts the shutdown, or a shutdown that outlasts the pod, is told with the time that it takes', async (t) => {
  const drain = await problemsOf(t, { hub: 'TICKWIRE_DRAIN_MS=30000\n' });
  assert.deepEqual(drain.problems, [
    'Deployment tickwire-hub: TICKWIRE_SHUTDOWN_MS is 10000, but TICKWIRE_DRAIN_MS, the hand-over and what is closed ' +
      'after it take 34000: set it to that or more',
  ]);
  const shutdown = await problemsOf(t, { hub: 'TICKWIRE_DRAIN_MS=90000\nTICKWIRE_SHUTDOWN_MS=100000\n' });
  assert.deepEqual(shutdown.problems, [
    'Deployment tickwire-hub: terminationGracePeriodSeconds is 60, but preStop, TICKWIRE_SHUTDOWN_MS and a margin take ' +
      '107: set it to that or more',
  ]);
});

test('operations that nobody reaches, or at a port that the pod does not have, are told', async (t) => {
  const loopback = await problemsOf(t, { hub: 'TICKWIRE_OPERATIONS_HOST=127.0.0.1\n' });
  assert.match(
    loopback.problems.join(),
    /TICKWIRE_OPERATIONS_HOST is 127\.0\.0\.1, so nobody outside the pod reaches/,
  );
  const port = await problemsOf(t, { hub: 'TICKWIRE_PORT=9000\n' });
  assert.match(port.problems.join(), /TICKWIRE_PORT is 9000, but the container's port "clients" is 8080/);
});

const container = '/spec/template/spec/containers/0';

test('more rights than it needs, an image without a version, a probe nobody answers: each is told', async (t) => {
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ path: `${container}/image`, value: 'tickwire:latest' }, /is another one tomorrow: name a version/],
    [{ path: `${container}/image`, value: 'registry:5000/tickwire' }, /has no tag/],
    [
      { path: `${container}/readinessProbe/httpGet/port`, value: 'health' },
      /asks port health, which it does not have/,
    ],
    [{ path: `${container}/livenessProbe/httpGet/path`, value: '/readyz' }, /would end every hub/],
    [{ path: `${container}/startupProbe/httpGet/path`, value: '/healthz' }, /where nobody answers/],
    [{ path: '/spec/template/spec/securityContext/runAsUser', value: 0 }, /runAsUser above 0/],
    [{ path: '/spec/template/spec/enableServiceLinks', value: true }, /enableServiceLinks must be false/],
    [{ path: `${container}/securityContext/readOnlyRootFilesystem`, value: false }, /must be true/],
    [
      { path: '/spec/template/metadata/labels/app.kubernetes.io~1component', value: 'hubs' },
      /matches no pod/,
    ],
  ];
  const found = await Promise.all(
    cases.map(([change]) => problemsOf(t, { patch: [{ op: 'replace', ...change }] })),
  );
  for (const [i, [change, expected]] of cases.entries())
    assert.match(found[i]?.problems.join('\n') ?? '', expected, JSON.stringify(change));
});

test('a field that the kind does not have, and a value of the wrong type, are told with their path', async (t) => {
  const { problems } = await problemsOf(t, {
    patch: [
      { op: 'add', path: '/spec/minReadySecond', value: 10 },
      { op: 'add', path: `${container}/securityContext/readOnlyRootFileSystem`, value: true },
      { op: 'replace', path: `${container}/ports/0/containerPort`, value: 'clients' },
    ],
  });
  assert.deepEqual(problems, [
    'Deployment tickwire-hub: /spec/template/spec/containers/0/ports/0/containerPort must be integer',
    'Deployment tickwire-hub: /spec/minReadySecond is a field that it does not have',
    'Deployment tickwire-hub: /spec/template/spec/containers/0/securityContext/readOnlyRootFileSystem is a field that it does not have',
  ]);
});
