import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.ts';

/** One redis-server in a folder of its own. */
export class RedisProcess {
  readonly port: number;
  /** Without a user: see `urlFor`. */
  readonly url: string;
  /** For the test's own commands; connects when first used. */
  readonly client: Redis;
  readonly #folder: string;
  readonly #arguments: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#arguments = args;
    this.client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20 });
    this.client.on('error', () => undefined); // tests stop servers on purpose
  }

  /** Starts a server and waits until it answers. @param config lines of redis.conf */
  static async start(port: number, config: readonly string[], args: readonly string[] = []) {
    const folder = await mkdtemp(join(tmpdir(), 'tickwire-redis-'));
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'loglevel warning', ...config];
    await writeFile(join(folder, 'redis.conf'), `${lines.join('\n')}\n`);
    const redis = new RedisProcess(port, folder, args);
    await redis.launch();
    return redis;
  }

  /** Starts it again after `kill` or `shutDown`, with the configuration and the data that it left. */
  async launch(): Promise<void> {
    const command = process.env.TICKWIRE_TEST_REDIS_SERVER ?? 'redis-server';
    const child = spawn(command, [join(this.#folder, 'redis.conf'), ...this.#arguments], { stdio: 'ignore' });
    this.#child = child;
    // A test process that dies takes its servers along.
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    await until(`${command} answers on port ${this.port}`, async () => (await this.client.ping()) === 'PONG');
  }

  /** Stops it in mid-air, without a word to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it in good order; it saves what its configuration says. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Holds it still with all connections open, as a machine does that has lost its network. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Stops it for good and removes its folder. */
  async stop(): Promise<void> {
    this.client.disconnect();
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
