import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Of package.json: the one place that says how node is started for each process. */
export interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** The process that stands between; `process` itself fits. */
export interface Between {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * The arguments that package.json gives to node for a script, made good for every working directory.
 * @param root where package.json is
 * @param loader address of the TypeScript loader: `tsx` by its name is looked for where the user stands
 * @throws Error when package.json does not start the script by node
 */
export function scriptArguments(manifest: Manifest, script: string, root: string, loader: string): string[] {
  const [command, ...words] = (manifest.scripts[script] ?? '').split(' ');
  const file = words.pop();
  if (command !== 'node' || file === undefined || isAbsolute(file))
    throw new Error(`package.json does not start "${script}" by node`);
  return [...words.map((word) => (word === 'tsx' ? loader : word)), join(root, file)];
}

/**
 * Runs node until it ends, with our terminal, environment and signals. Returns its exit code; 128 and the signal's
 * number when a signal ended it, as shells do.
 */
export async function runNode(args: readonly string[], between: Between, tsconfig: string): Promise<number> {
  const env = { ...between.env, TSX_TSCONFIG_PATH: tsconfig };
  const child = spawn(between.execPath, args, { stdio: 'inherit', env });
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
