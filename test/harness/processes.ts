import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { closed } from '#runtime/closed-fixture.ts';
import { chosenListener } from './chosen-listener.ts';
import { freePorts } from './redis/free-ports.ts';
import { type RedisUser, urlFor } from './redis/redis-users.ts';
import { until } from './redis/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Some processes start at once, on a machine that is busy with others: 15 s were not enough then. */
const startTimeoutMs = 60_000;

/** A process of Tickwire, started as a user would start it. */
export interface TickwireProcess {
  readonly pid: number;
  /** Everything that it has printed. */
  output(): string;
  /** Exit code once the process has ended by itself or by a signal; null for the latter. */
  readonly exited: Promise<number | null>;
  /** Sends the signal and waits for the end; returns the exit code (null when the signal ended it). */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
}

export interface HubProcess extends TickwireProcess {
  readonly port: number;
  readonly url: string;
  readonly operationsPort: number;
}

export interface FeedProcess extends TickwireProcess {
  readonly port: number;
  readonly operationsPort: number;
}

/** Environment keys without their prefix, `{REDIS_URL: 'redis://…'}`; those of OpenTelemetry, `OTEL_…`, as they are. */
export type Settings = Readonly<Record<string, string | number>>;

/**
 * Starts `script` (e.g. `processes/hub.ts`) with these settings only; nothing is waited for.
 * @param nodeArguments further ones for node, e.g. `--cpu-prof`
 * @param program path of another node than the test's own
 */
export function startProcess(
  script: string,
  settings: Settings,
  nodeArguments: readonly string[] = [],
  program: string = process.execPath,
): TickwireProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TICKWIRE|OTEL)_/.test(name));
  const chosen = script === 'processes/hub.ts' ? { LISTENER: chosenListener } : {};
  const own = Object.entries({ ...chosen, ...settings }).map(([name, value]) => [keyOf(name), String(value)]);
  const child = spawn(program, [...nodeArguments, ...argumentsOf(script)], {
    cwd: root,
    env: Object.fromEntries([...inherited, ...own]),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test process that dies takes its children along.
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const exited = closed(child).then(() => child.exitCode); // and all that it printed has been read
  let output = '';
  const collect = (text: Buffer): void => {
    output = (output + text.toString()).slice(-100_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    pid: child.pid ?? -1,
    output: () => output,
    exited,
    signal: (signal) => void child.kill(signal),
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

function keyOf(name: string): string {
  return name.startsWith('OTEL_') ? name : `TICKWIRE_${name}`;
}

/** The arguments that package.json's own command gives to node for `script`. */
function argumentsOf(script: string): string[] {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    scripts: Record<string, string>;
  };
  const command = Object.values(scripts).find(
    (text) => text.startsWith('node ') && text.endsWith(` ${script}`),
  );
  if (command === undefined) throw new Error(`no command of package.json runs ${script}`);
  return command.split(' ').slice(1);
}

/** A hub that is ready for clients. */
export async function startHubProcess(
  settings: Settings,
  nodeArguments: readonly string[] = [],
  program: string = process.execPath,
): Promise<HubProcess> {
  const [freePort = 0, freeOperationsPort = 0] = await freePorts(2);
  const { PORT: port = freePort, OPERATIONS_PORT: operationsPort = freeOperationsPort } = settings;
  const own = {
    PORT: port,
    OPERATIONS_PORT: operationsPort,
    CONNECTIONS_PER_SECOND: 1_000_000, // all clients of a test come from one address
    ...settings,
    ...accessOf('hub', settings),
  };
  const started = startProcess('processes/hub.ts', own, nodeArguments, program);
  await ready(started, Number(operationsPort));
  return {
    ...started,
    port: Number(port),
    operationsPort: Number(operationsPort),
    url: `ws://127.0.0.1:${port}/ws`,
  };
}

/** A feed adapter whose process is up; whether it leads its sources is another question. */
export async function startFeedProcess(
  settings: Settings,
  nodeArguments: readonly string[] = [],
  program: string = process.execPath,
): Promise<FeedProcess> {
  const [port = 0, operationsPort = 0] = await freePorts(2);
  const own = {
    FEED_PORT: port,
    OPERATIONS_PORT: operationsPort,
    ...settings,
    ...accessOf('feed', settings),
  };
  const started = startProcess('processes/feed.ts', own, nodeArguments, program);
  await ready(started, operationsPort, '/livez');
  return { ...started, port, operationsPort };
}

/** A process gets no more of Redis than docs/redis-users.acl gives it, so a right that is missing there shows. */
function accessOf(user: RedisUser, { REDIS_URL: url }: Settings): Settings {
  return url === undefined ? {} : { REDIS_URL: urlFor(user, String(url)) };
}

async function ready(started: TickwireProcess, operationsPort: number, path = '/readyz'): Promise<void> {
  try {
    const url = `http://127.0.0.1:${operationsPort}${path}`;
    const answers = until(
      `${url} answers`,
      async () => (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok,
      startTimeoutMs,
    );
    const ended = started.exited.then((code) => {
      throw new Error(`the process ended with ${code === null ? 'a signal' : `code ${code}`}`);
    });
    ended.catch(() => undefined); // when it was ready first, its end is nobody's concern here
    await Promise.race([answers, ended]);
  } catch (error) {
    await started.end('SIGKILL');
    throw new Error(`the process did not become ready; it printed:\n${started.output()}`, { cause: error });
  }
}
