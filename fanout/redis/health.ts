import type { Commands } from './commands.ts';
import { catalogueVersionKey } from './keys.ts';
import { sleep } from './sleep.ts';

/** The watch over idle connections; runs until it is stopped. */
export interface Health {
  /** Whether all answered within the time that a start may wait. */
  readonly answered: Promise<boolean>;
  stop(): Promise<void>;
}

/** How often Redis is asked, and how long a start waits for the first answer. */
export interface HealthLimits {
  readonly commandTimeoutMs: number;
  readonly probeIntervalMs: number;
}

/** Pause between the first questions, until the first answer. */
const eagerMs = 20;

/** Asks Redis something small now and then, so that its absence and its return are noticed by those who are idle. */
export function watchHealth(all: readonly Commands[], limits: HealthLimits): Health {
  const stopped = new AbortController();
  const answered = Promise.all(all.map((commands) => firstAnswer(commands, limits, stopped.signal)));
  const watching = Promise.all(all.map((commands) => watch(commands, limits, stopped.signal)));
  return {
    answered: answered.then((answers) => answers.every(Boolean)),
    async stop() {
      stopped.abort();
      await Promise.all([answered, watching]);
    },
  };
}

async function firstAnswer(commands: Commands, limits: HealthLimits, stopped: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + 2 * limits.commandTimeoutMs;
  while (!(await ask(commands))) {
    if (performance.now() > deadline || !(await sleep(eagerMs, stopped))) return false;
  }
  return true;
}

async function watch(commands: Commands, limits: HealthLimits, stopped: AbortSignal): Promise<void> {
  while (await sleep(limits.probeIntervalMs, stopped)) await ask(commands);
}

/** `commands` itself remembers whether the latest command was answered. */
function ask(commands: Commands): Promise<boolean> {
  return commands
    .run((client) => client.get(catalogueVersionKey))
    .then(
      () => true,
      () => false,
    );
}
