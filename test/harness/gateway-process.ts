import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { closed } from '#runtime/closed-fixture.ts';
import { needTool } from './find-tool.ts';
import { freePorts } from './redis/free-ports.ts';
import { until } from './redis/until.ts';
import type { SceneTest } from './scene.ts';
import { root } from './source-files.ts';

/** HAProxy with the project's own configuration, before hubs that may come and go. */
export interface GatewayProcess {
  readonly port: number;
  /** Of the sockets. */
  readonly url: string;
  /** Everything that it has printed: one line a request. */
  output(): string;
  /** One field of its statistics, e.g. `status` of `sockets/hub-1`; empty when there is none. */
  statistic(server: string, field: string): Promise<string>;
}

export interface GatewayHub {
  readonly id: string;
  readonly port: number;
  readonly operationsPort: number;
}

/**
 * Starts HAProxy and waits until it finds all hubs ready; it ends with the test.
 * @param settings environment keys without their prefix: `{ADDRESS_CONNECTIONS: 3}`
 */
export async function startGateway(
  t: SceneTest,
  hubs: readonly GatewayHub[],
  settings: Readonly<Record<string, string | number>> = {},
): Promise<GatewayProcess> {
  const command = needTool('haproxy', process.env);
  const [port = 0, statsPort = 0] = await freePorts(2);
  const own = {
    BIND: `127.0.0.1:${port}`,
    STATS_BIND: `127.0.0.1:${statsPort}`,
    CONNECTIONS: 1000, // what files a test's machine allows is not known
    ...settingsOf(hubs),
    ...settings,
  };
  const keys = Object.entries(own).map(([name, value]) => [`GATEWAY_${name}`, String(value)]);
  const child = spawn(command, ['-f', join(root, 'deploy', 'haproxy', 'haproxy.cfg'), '-db'], {
    env: { ...process.env, ...Object.fromEntries(keys) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = closed(child);
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
    process.off('exit', killWithUs);
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-1_000_000)));
  const gateway: GatewayProcess = {
    port,
    url: `ws://127.0.0.1:${port}/ws`,
    output: () => output,
    statistic: (server, field) => statistic(statsPort, server, field),
  };
  const allUp = until('the gateway finds all hubs ready', async () => {
    const states = await Promise.all(hubs.map(({ id }) => gateway.statistic(`sockets/${id}`, 'status')));
    return states.every((state) => state === 'UP');
  });
  const ended = exited.then(() => {
    throw new Error(`haproxy ended:\n${output}`);
  });
  ended.catch(() => undefined); // when it was ready first, its end is nobody's concern here
  allUp.catch(() => undefined);
  await Promise.race([allUp, ended]);
  return gateway;
}

function settingsOf(hubs: readonly GatewayHub[]): Record<string, string | number> {
  return Object.fromEntries(
    hubs.flatMap(({ id, port, operationsPort }, i) => [
      [`HUB_${i + 1}`, `127.0.0.1:${port}`],
      [`HUB_${i + 1}_ID`, id],
      [`HUB_${i + 1}_PROBE`, operationsPort],
    ]),
  );
}

/** From its statistics in CSV, whose first line names the fields. */
async function statistic(statsPort: number, server: string, field: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${statsPort}/;csv`, { signal: AbortSignal.timeout(2000) });
  const [names = '', ...rows] = (await response.text()).split('\n');
  const at = names.split(',').indexOf(field);
  const row = rows.find((line) => line.startsWith(`${server.replace('/', ',')},`));
  return row?.split(',')[at] ?? '';
}
