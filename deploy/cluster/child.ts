import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** One process of the cluster, before it is started. */
export interface Member {
  /** E.g. `hub-1`. */
  readonly name: string;
  /** Where it is, for people; e.g. `127.0.0.1:8001`. */
  readonly address: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of all. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it does its work. */
  readonly ready: () => Promise<boolean>;
  /** For an orderly end; beyond, it is killed. */
  readonly stopTimeoutMs: number;
}

/** How a process came to its end. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildDeps {
  readonly root: string;
  readonly logFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const readyTimeoutMs = 60_000;
const lookEveryMs = 50;
const linesShown = 8;

/** A member that has been started. Its output goes straight to its log file. */
export class Child {
  readonly member: Member;
  readonly logPath: string;
  readonly ended: Promise<End>;
  /** Undefined while it runs. */
  end: End | undefined;
  readonly #process: ChildProcess;

  constructor(member: Member, { root, logFolder, env }: ChildDeps) {
    this.member = member;
    this.logPath = join(logFolder, `${member.name}.log`);
    const log = openSync(this.logPath, 'a');
    this.#process = spawn(member.command, member.args, {
      cwd: root,
      env: { ...env, ...member.env },
      stdio: ['ignore', log, log],
      detached: true, // a Ctrl-C of the terminal is for us alone, who stop the others in order
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const finish = (end: End): void => {
        this.end = end;
        resolve(end);
      };
      this.#process.once('exit', (code, signal) => finish({ code, signal }));
      this.#process.once('error', () => finish({ code: 127, signal: null })); // it could not be started
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @throws Error when it ends first, or is not ready in time, or `stopping` is aborted */
  async becomeReady(stopping: AbortSignal): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await this.member.ready())) {
      stopping.throwIfAborted();
      if (this.end !== undefined) throw new Error(endText(this));
      if (performance.now() > deadline)
        throw new Error(
          `${this.member.name} is not ready after ${readyTimeoutMs / 1000} s${lastLines(this)}`,
        );
      await delay(lookEveryMs);
    }
  }

  /** Asks it to end, waits, and kills it when it does not. */
  async stop(): Promise<End> {
    if (this.end !== undefined) return this.end;
    const killing = setTimeout(() => this.kill(), this.member.stopTimeoutMs);
    this.#process.kill('SIGTERM');
    const end = await this.ended;
    clearTimeout(killing);
    return end;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** That it has ended, how, and what it said last. */
export function endText(child: Child): string {
  const { code, signal } = child.end ?? { code: null, signal: null };
  return `${child.member.name} ended with ${signal ?? `code ${code}`}${lastLines(child)}`;
}

function lastLines({ logPath }: Child): string {
  const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-linesShown);
  if (lines.join('') === '') return `; it has printed nothing`;
  return `; the end of ${logPath}:\n${lines.map((line) => `      ${line}`).join('\n')}`;
}
