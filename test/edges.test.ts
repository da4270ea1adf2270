import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildFolder, findKustomize } from '#k8s/kustomize.ts';
import { bundlePage } from '#web/bundle.ts';
import { startGateway } from './harness/gateway-process.ts';
import { root } from './harness/source-files.ts';

/** Whether a GET of the path comes to a hub from outside. */
type Reaches = (path: string) => Promise<boolean>;

/** What stands before hubs: the gateway itself, and what Kubernetes is told of each. */
const edges: Readonly<Record<string, (t: TestContext) => Promise<Reaches>>> = {
  'deploy/haproxy': throughGateway,
  'k8s/components/ingress': async () => byRules(ingressRules()),
  'k8s/components/gateway-api': async () => byRules(gatewayRules()),
};

for (const [edge, open] of Object.entries(edges))
  test(`${edge} shows what clients ask for, and of the registry of nodes nothing`, async (t) => {
    const reaches = await open(t);
    const page = [...(await bundlePage()).keys()];
    for (const path of ['/health', '/symbols', '/sources', '/session', '/ws', ...page])
      assert.equal(await reaches(path), true, path);
    for (const path of [
      '/services',
      '/services/',
      '/services/hub',
      '/services/hub/one',
      '/services/hub?a=/ws',
    ])
      assert.equal(await reaches(path), false, path);
  });

/** HAProxy with our configuration before a server that takes everything. */
async function throughGateway(t: TestContext): Promise<Reaches> {
  const asked = new Set<string | undefined>();
  const listener: RequestListener = (request, response) => {
    asked.add(request.url);
    response.end('{}');
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const gateway = await startGateway(t, [{ id: 'hub-1', port, operationsPort: port }]);
  return async (path) => {
    const request = get({ host: '127.0.0.1', port: gateway.port, path, agent: false });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    return asked.has(path);
  };
}

interface Rule {
  readonly type: string;
  readonly path: string;
  readonly toHub: boolean;
}

/**
 * As both kinds of object say it: an exact path before any prefix, of prefixes the longest, and a prefix stands for whole
 * parts between slashes (https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types,
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch).
 */
function byRules(rules: readonly Rule[]): Reaches {
  assert.ok(rules.length > 0);
  const ordered = rules.toSorted(
    (a, b) => Number(isPrefix(a)) - Number(isPrefix(b)) || b.path.length - a.path.length,
  );
  return async (asked) => {
    const path = asked.replace(/\?.*$/, '');
    const fits = (rule: Rule): boolean =>
      isPrefix(rule) ? `${path}/`.startsWith(`${rule.path.replace(/\/$/, '')}/`) : path === rule.path;
    return ordered.find(fits)?.toHub === true;
  };
}

function isPrefix({ type }: Rule): boolean {
  return type !== 'Exact';
}

function objectsOf(component: string): readonly unknown[] {
  return buildFolder(findKustomize(root), join(root, 'k8s', 'components', component));
}

interface Ingress {
  readonly kind: string;
  readonly spec: {
    readonly rules: readonly { readonly http: { readonly paths: readonly IngressPath[] } }[];
  };
}

interface IngressPath {
  readonly path: string;
  readonly pathType: string;
  readonly backend: { readonly service: { readonly name: string } };
}

function ingressRules(): Rule[] {
  const all = (objectsOf('ingress') as readonly Ingress[]).filter(({ kind }) => kind === 'Ingress');
  return all.flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) =>
      http.paths.map(({ path, pathType: type, backend }) => ({
        ...{ path, type },
        toHub: backend.service.name === 'tickwire-hub',
      })),
    ),
  );
}

interface HttpRoute {
  readonly kind: string;
  readonly spec: {
    readonly rules: readonly {
      readonly matches?: readonly { readonly path: { readonly type: string; readonly value: string } }[];
      readonly backendRefs?: readonly { readonly name: string }[];
    }[];
  };
}

function gatewayRules(): Rule[] {
  const all = (objectsOf('gateway-api') as readonly HttpRoute[]).filter(({ kind }) => kind === 'HTTPRoute');
  return all.flatMap(({ spec }) =>
    spec.rules.flatMap(({ matches = [], backendRefs = [] }) =>
      matches.map(({ path: { type, value: path } }) => ({
        ...{ path, type },
        toHub: backendRefs.some(({ name }) => name === 'tickwire-hub'),
      })),
    ),
  );
}
