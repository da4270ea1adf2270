import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needTool } from '#test/harness/find-tool.ts';
import { freePort } from '#test/harness/redis/free-ports.ts';
import { until } from '#test/harness/redis/until.ts';
import { root } from '#test/harness/source-files.ts';

/** Operations ports by job. */
export type Targets = Readonly<Record<string, readonly number[]>>;

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** NaN where Prometheus says so. */
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly type: 'alerting' | 'recording';
  readonly state?: 'inactive' | 'pending' | 'firing';
}

/** A real Prometheus with our rules, which scrapes and evaluates every second. */
export class PrometheusProcess {
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown>;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.#url = `http://127.0.0.1:${port}/api/v1`;
    this.#child = child;
    this.#folder = folder;
    this.#exited = once(child, 'exit');
  }

  /** @throws Error when there is no Prometheus here, or it does not become ready */
  static async start(targets: Targets): Promise<PrometheusProcess> {
    const program = needTool('prometheus', process.env);
    const folder = mkdtempSync(join(tmpdir(), 'tickwire-prometheus-'));
    const file = join(folder, 'prometheus.json');
    writeFileSync(file, JSON.stringify(configOf(targets))); // JSON is YAML, too
    const port = await freePort();
    const child = spawn(
      program,
      [
        ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
        ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
      ],
      { stdio: 'ignore' },
    );
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    const prometheus = new PrometheusProcess(port, child, folder);
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/-/ready`, timed())).ok;
    await until('Prometheus is ready', ready).catch(async (error: unknown) => {
      await prometheus.stop();
      throw error;
    });
    return prometheus;
  }

  /** @throws Error with Prometheus' own words when it refuses the query */
  async query(query: string): Promise<readonly Series[]> {
    const { result } = await this.#get<{
      result: readonly { metric: Series['metric']; value: [number, string] }[];
    }>(`query?query=${encodeURIComponent(query)}`);
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#get<{ groups: readonly { rules: readonly RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Health of each target, `up` or not. */
  async targets(): Promise<readonly { readonly health: string; readonly lastError: string }[]> {
    const found = await this.#get<{ activeTargets: readonly { health: string; lastError: string }[] }>(
      'targets',
    );
    return found.activeTargets;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.#url}/${path}`, timed());
    const { data, error } = (await response.json()) as { data: Data; error?: string };
    if (error !== undefined) throw new Error(`Prometheus: ${error} (${path})`);
    return data;
  }
}

function configOf(targets: Targets): object {
  const rules = join(root, 'deploy/prometheus/rules');
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(rules, 'recording.yml'), join(rules, 'alerts.yml')],
    scrape_configs: Object.entries(targets).map(([job, ports]) => ({
      job_name: job,
      static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
    })),
  };
}

function timed(): RequestInit {
  return { signal: AbortSignal.timeout(5000) };
}
