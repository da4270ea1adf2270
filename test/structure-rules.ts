/** Folders of ours that a folder's files may import from, beside their own. */
export const folderImports: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  runtime: [],
  fanout: ['protocol', 'runtime'],
  'feed-adapter': ['protocol', 'runtime', 'fanout'],
  hub: ['protocol', 'runtime', 'fanout'],
  processes: ['protocol', 'runtime', 'fanout', 'feed-adapter', 'hub', 'web'],
  client: ['protocol'],
  web: ['client', 'protocol'],
  loadtest: ['client', 'protocol', 'runtime'],
  deploy: ['runtime', 'test'], // where programs are found and ports are free is asked as the tests ask it
  // What an overlay sets is read by the processes' own configuration.
  k8s: ['runtime', 'fanout', 'feed-adapter', 'hub'],
  command: ['client', 'protocol', 'runtime', 'fanout', 'feed-adapter', 'hub'],
  test: ['protocol', 'runtime', 'fanout', 'feed-adapter', 'hub', 'client', 'web', 'loadtest', 'command'],
};

/** Benches build what they measure and start processes as the tests do. */
export const benchFolder = 'loadtest/bench/';
/** The swarm starts processes as the tests do, too. */
export const swarmFolder = 'loadtest/swarm/';
/** Starts the processes of a cluster, which know nothing of it. */
export const clusterFolder = 'deploy/cluster/';
/** The peers are built here, each with the packages that its users take, and Tickwire's feed as well. */
export const peersFolder = 'loadtest/peers/';
export const swarmImports: readonly string[] = [...(folderImports.loadtest ?? []), 'test'];
export const benchImports: readonly string[] = [...(folderImports.loadtest ?? []), 'fanout', 'test'];

export interface PackageRule {
  /** Where it may be imported; the first is the owner. */
  readonly folders: readonly string[];
  /** Tests of any folder may import it, too. */
  readonly inTests: boolean;
}

export const packageRules: Readonly<Record<string, PackageRule>> = {
  msgpackr: { folders: ['protocol/', benchFolder], inTests: false },
  ioredis: { folders: ['fanout/', 'test/', benchFolder, peersFolder], inTests: false },
  'uWebSockets.js': { folders: ['hub/listener/uws-types.ts', benchFolder, peersFolder], inTests: false },
  jose: { folders: ['hub/auth/', 'test/'], inTests: true },
  pino: { folders: ['runtime/'], inTests: false },
  '@opentelemetry/api': { folders: ['runtime/'], inTests: false },
  '@opentelemetry/resources': { folders: ['runtime/'], inTests: false },
  '@opentelemetry/sdk-trace-base': { folders: ['runtime/'], inTests: false },
  '@opentelemetry/exporter-trace-otlp-http': { folders: ['runtime/'], inTests: false },
  '@opentelemetry/exporter-trace-otlp-proto': { folders: ['runtime/'], inTests: false },
  'prom-client': { folders: ['runtime/'], inTests: false },
  zod: { folders: ['runtime/', 'loadtest/'], inTests: false },
  'hdr-histogram-js': { folders: ['loadtest/'], inTests: false },
  'socket.io': { folders: [peersFolder], inTests: false },
  '@socket.io/redis-adapter': { folders: [peersFolder], inTests: false },
  ws: { folders: ['feed-adapter/', 'hub/listener/', 'command/tail/', 'test/', 'loadtest/'], inTests: true },
  k6: { folders: ['loadtest/k6/scripts/'], inTests: false },
  commander: { folders: ['command/'], inTests: false },
  'csv-parse': { folders: ['feed-adapter/'], inTests: false },
  'dot-prop': { folders: ['feed-adapter/'], inTests: false },
  esbuild: { folders: ['web/'], inTests: true },
  'kubernetes-models': { folders: ['k8s/'], inTests: false },
  '@kubernetes-models/gateway-api': { folders: ['k8s/'], inTests: false },
  '@kubernetes-models/prometheus-operator': { folders: ['k8s/'], inTests: false },
  yaml: { folders: ['k8s/'], inTests: true },
  'fast-check': { folders: ['test/'], inTests: true },
  'playwright-core': { folders: ['test/'], inTests: true },
};

/** What runs in a browser, where there is no Node. */
export function runsInBrowser(path: string): boolean {
  return path.startsWith('protocol/') || path.startsWith('client/');
}

/** Builds and connects the parts of a process or a tool, so it may see all of them and the environment. */
export function isMain(path: string): boolean {
  return path.startsWith('processes/') || /(^|\/)main\.ts$/.test(path);
}

/** Tests, and what stands beside the sources for them alone: fixtures, fakes, suites that several tests run. */
export function isTest(path: string): boolean {
  return path.startsWith('test/') || testNames.test(path);
}

const testNames = /\.test\.ts$|(^|[/-])fixtures?\.ts$|(^|\/)(fake|recording|contract)(-[^/]*)?\.ts$/;

/** Names that say nothing of what is in a file. */
export const emptyNames = /(^|-)(utils?|helpers?|common|misc|managers?|base)(-|\.|$)/;

export const fileLinesMax = 300;

/** Source files in one folder, those of its sub-folders, tests and fixtures left out. */
export const folderFilesMax = 25;
