import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '#test/harness/redis/free-ports.ts';
import { patientMs, until } from '#test/harness/redis/until.ts';

const nodeCount = 6;

/** A script's end, and what it printed. */
export interface ScriptRun {
  readonly code: number;
  readonly output: string;
}

/**
 * The pods of the StatefulSet as processes: the same redis.conf, users and scripts, each node with an address of the
 * loopback network in place of a pod's, all on one port.
 */
export class RedisNodes {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tickwire-nodes-'));
  readonly #files: Readonly<Record<string, string>>;
  readonly #secrets: string;
  readonly #children = new Set<ChildProcess>();
  /** Third part of the nodes' addresses; another one after each `restartElsewhere`. */
  #network = 77;

  private constructor(port: number, files: Readonly<Record<string, string>>, secrets: string) {
    this.port = port;
    this.#files = files;
    this.#secrets = secrets;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#folder, name), text);
    // A test process that dies takes its children along.
    process.once('exit', () => {
      for (const child of this.#children) child.kill('SIGKILL');
    });
    // Stands for the cluster's DNS: the names of pods, and the addresses that they have just now.
    const getent = join(this.#folder, 'getent');
    writeFileSync(getent, `#!/bin/sh\ngrep " $2\\$" '${join(this.#folder, 'hosts')}'\n`);
    chmodSync(getent, 0o755);
  }

  /** @param files of the ConfigMaps @param secrets folder that make-secrets.sh wrote */
  static async start(files: Readonly<Record<string, string>>, secrets: string): Promise<RedisNodes> {
    const nodes = new RedisNodes(await freePort(), files, secrets);
    await nodes.#launch();
    return nodes;
  }

  /** What all nodes' addresses begin with just now. */
  get network(): string {
    return `127.0.${this.#network}`;
  }

  address(i: number): string {
    return `${this.network}.${i + 1}`;
  }

  /** One command of the administrator. */
  async ask(i: number, ...command: readonly string[]): Promise<string> {
    const args = ['-h', this.address(i), '-p', String(this.port), '--user', 'tickwire-admin', ...command];
    const { stdout } = await promisify(execFile)('redis-cli', args, {
      env: this.#environment(i),
      timeout: patientMs,
    });
    return stdout.replaceAll('\r', '');
  }

  /** One of the component's scripts, as the pod of node `i` runs it. */
  run(script: string, i: number): Promise<ScriptRun> {
    return new Promise((resolve) => {
      const options = { env: this.#environment(i), timeout: 4 * patientMs };
      execFile('sh', [join(this.#folder, script)], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
      });
    });
  }

  /** Every pod gone at once, and back under another address, with what its volume holds. */
  async restartElsewhere(): Promise<void> {
    await this.#endAll();
    this.#network++;
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#endAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #endAll(): Promise<void> {
    const exits = [...this.#children].map((child) => once(child, 'exit'));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(exits);
  }

  async #launch(): Promise<void> {
    const all = Array.from({ length: nodeCount }, (_, i) => i);
    writeFileSync(join(this.#folder, 'hosts'), all.map((i) => `${this.address(i)} node-${i}\n`).join(''));
    for (const i of all) this.#launchPod(i);
    for (const i of all)
      await until(`node ${i} answers`, async () => (await this.ask(i, 'ping')) === 'PONG\n');
  }

  /** Redis, and the container beside it that keeps the peers' addresses. */
  #launchPod(i: number): void {
    const data = join(this.#folder, `data-${i}`);
    mkdirSync(data, { recursive: true });
    const config = join(this.#folder, `redis-${i}.conf`);
    const text = this.#files['redis.conf'] ?? '';
    writeFileSync(
      config,
      text.replaceAll('/etc/redis-secret', this.#secrets).replace('dir /data', `dir ${data}`),
    );
    const own = ['--bind', this.address(i), '--port', String(this.port), '--loglevel', 'warning'];
    this.#spawn('redis-server', [config, ...own, '--cluster-announce-ip', this.address(i)], i);
    this.#spawn('sh', [join(this.#folder, 'keep-addresses.sh')], i);
  }

  #environment(i: number): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [this.#folder, process.env.PATH].join(delimiter),
      PEERS: Array.from({ length: nodeCount }, (_, peer) => `node-${peer}`).join(' '),
      PORT: String(this.port),
      SELF: this.address(i),
      REPLICAS: '1',
      LOOK_SECONDS: '1',
      WAIT_SECONDS: '180',
      HAND_OVER_SECONDS: '120',
      REDISCLI_USER: 'tickwire-admin',
      REDISCLI_AUTH: readFileSync(join(this.#secrets, 'admin-password'), 'utf8'),
    };
  }

  #spawn(command: string, args: readonly string[], i: number): void {
    const child = spawn(command, args, { env: this.#environment(i), stdio: 'ignore' });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
  }
}
