import type { EventEmitter } from 'node:events';
import type { Logger } from './logger.ts';

/** Takes the parts of a process down in the reverse of the order in which they were put up. */
export interface Shutdown {
  /** `stop` is called once, at shutdown; a part that is registered later is stopped earlier. */
  register(name: string, stop: () => Promise<void>): void;
  /** Begins the shutdown as a signal would; `reason` goes into the log. */
  begin(reason: string): void;
}

/** What tells a process to end, and what ends it. */
export interface ShutdownDeps {
  readonly log: Logger;
  /** Ends the process, e.g. `process.exit`. Called once. */
  readonly exit: (code: number) => void;
  /** Where signals and uncaught errors are heard: `process`. `connected`: whether the channel to its parent is open. */
  readonly signals: EventEmitter & { readonly connected?: boolean };
  /** Monotonic ms; `performance.now` unless told. */
  readonly now?: () => number;
}

/** How long an orderly end may take; ms. */
export interface ShutdownLimits {
  /** From the first signal on; whatever is open then is left. Keep it below the orchestrator's grace period. */
  readonly deadlineMs: number;
}

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/**
 * A signal so soon after the first is the same one: Ctrl-C and systemd send theirs to every process of a group, and the one
 * in front (`tickwire`, `npm run`) passes it on. A person's second Ctrl-C comes later.
 */
const sameSignalMs = 250;

/**
 * Listens from now on for SIGTERM, SIGINT, and the end of the process that started this one with a channel between
 * them (its SIGKILL can not be passed on). Exit code 0: every step ended well. 1: a step failed, the deadline passed,
 * a second signal came, or an error reached the top (a bug, so nothing is tidied up).
 */
export function createShutdown(deps: ShutdownDeps, limits: ShutdownLimits): Shutdown {
  const { log, signals, now = () => performance.now() } = deps;
  /** Not yet ended, in order of registration. */
  const open: Step[] = [];
  let begun = false;
  let firstSignalAt: number | undefined;
  let exited = false;

  function heard(signal: string): void {
    if (firstSignalAt !== undefined && now() - firstSignalAt < sameSignalMs) return;
    firstSignalAt ??= now();
    begin(signal);
  }

  function begin(reason: string): void {
    if (begun) {
      abandon('second signal');
      return;
    }
    begun = true;
    log.info({ reason, deadlineMs: limits.deadlineMs }, 'shutdown begins');
    const deadline = setTimeout(() => abandon('deadline passed'), limits.deadlineMs);
    void stopAll().then((failed) => {
      clearTimeout(deadline);
      exit(failed === 0 ? 0 : 1);
    });
  }

  async function stopAll(): Promise<number> {
    let failed = 0;
    for (let step = open.at(-1); step !== undefined; step = open.at(-1)) {
      if (!(await stopped(step, log))) failed++;
      open.splice(open.indexOf(step), 1);
    }
    log.info({ failed }, 'shutdown complete');
    return failed;
  }

  function abandon(reason: string): void {
    log.error({ reason, open: open.map((step) => step.name) }, 'shutdown abandoned');
    exit(1);
  }

  function crash(error: unknown): void {
    log.fatal({ err: error }, 'uncaught error, the process ends');
    exit(1);
  }

  function exit(code: number): void {
    if (exited) return;
    exited = true;
    deps.exit(code);
  }

  for (const signal of ['SIGTERM', 'SIGINT']) signals.on(signal, () => heard(signal));
  const abandoned = (): void => {
    if (!begun) begin('the process that started this one has ended');
  };
  signals.on('disconnect', abandoned);
  for (const bug of ['uncaughtException', 'unhandledRejection']) signals.on(bug, crash);
  if (signals.connected === false) abandoned(); // before we listened
  return { register: (name, stop) => void open.push({ name, stop }), begin };
}

/** Never rejects: one step that fails must not keep the others from being stopped. */
async function stopped(step: Step, log: Logger): Promise<boolean> {
  const startedAt = performance.now();
  try {
    await step.stop();
    log.info({ step: step.name, ms: Math.round(performance.now() - startedAt) }, 'stopped');
    return true;
  } catch (error) {
    log.error({ step: step.name, err: error }, 'could not be stopped');
    return false;
  }
}
