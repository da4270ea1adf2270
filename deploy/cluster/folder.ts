import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a cluster keeps on disk while it runs; only its logs stay. */
export interface ClusterFolder {
  readonly logs: string;
  /** For Redis, and below it for Prometheus. */
  readonly data: string;
  removeData(): void;
}

export function createClusterFolder(): ClusterFolder {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-cluster-'));
  const [logs, data] = [join(folder, 'logs'), join(folder, 'data')];
  mkdirSync(logs);
  mkdirSync(data);
  return { logs, data, removeData: () => rmSync(data, { recursive: true, force: true }) };
}

/** Addresses to scrape, by job: `{hub: ['127.0.0.1:9101']}`. */
export type ScrapeTargets = Readonly<Record<string, readonly string[]>>;

/** Copies the project's configuration and rules into `folder`, with these targets; returns the file to start with. */
export function writePrometheusConfig(root: string, folder: string, targets: ScrapeTargets): string {
  const config = join(folder, 'prometheus');
  cpSync(join(root, 'deploy', 'prometheus'), config, { recursive: true });
  const lists = join(config, 'targets');
  rmSync(lists, { recursive: true, force: true });
  mkdirSync(lists);
  for (const [job, addresses] of Object.entries(targets))
    writeFileSync(join(lists, `${job}.yml`), `${JSON.stringify([{ targets: addresses }])}\n`); // JSON is YAML, too
  return join(config, 'prometheus.yml');
}
