import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { isAbsolute } from 'node:path';

/** Of package.json: the one place that says how node is started for each process. */
export interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** The processes that package.json has a script for. */
export type ScriptName = 'start' | 'hub' | 'feed';

/** A script of package.json. */
export interface Script {
  /** Flags of V8, which it takes only when its process starts; empty = it runs in any process. */
  readonly flags: readonly string[];
  /** Below the folder of package.json. */
  readonly file: string;
}

/** The process that stands between; `process` itself fits. */
export interface Between {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** @throws Error when package.json does not start the script by node, with flags and tsx alone */
export function scriptOf({ scripts }: Manifest, name: string): Script {
  const [, flags, file] = /^node (.*)--import tsx (\S+)$/.exec(scripts[name] ?? '') ?? [];
  if (flags === undefined || file === undefined || isAbsolute(file))
    throw new Error(`package.json does not start "${name}" by node`);
  return { flags: flags.split(' ').filter(Boolean), file };
}

/**
 * Runs node until it ends, with our terminal, environment and signals. Returns its exit code; 128 and the signal's
 * number when a signal ended it, as shells do. When we are killed, the channel between us closes, and what runs there
 * shuts down (`createShutdown`): nothing is left behind.
 */
export async function runNode(args: readonly string[], between: Between, tsconfig: string): Promise<number> {
  const env = { ...between.env, TSX_TSCONFIG_PATH: tsconfig };
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(between.execPath, args, { stdio: [...stdio], env });
  const stopPassing = passSignals(child, between);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  stopPassing();
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** A terminal sends Ctrl-C to the child as well; `createShutdown` takes both for one. Returns what ends it. */
function passSignals(child: ChildProcess, between: Between): () => void {
  const passing = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const pass = (): void => void child.kill(signal);
    between.on(signal, pass);
    return () => between.off(signal, pass);
  });
  return () => passing.forEach((stop) => void stop());
}
