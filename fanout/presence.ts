import type { Logger } from '#runtime/logger.ts';
import type { InstanceRecord, NodeRegistry, Registration, RegistrationOutcome } from './node-ports.ts';
import { FanoutError } from './ports.ts';

/** Keeps this process in the registry for as long as it runs. */
export interface Presence {
  /** Registers, and from now on renews the lease some times in its life. Nothing waits for it. */
  start(): void;
  /** Takes the process out of the registry; resolves also when that could not be done: the lease ends by itself. */
  leave(): Promise<void>;
}

/** The registry, and what is registered in it. */
export interface PresenceDeps {
  readonly nodes: NodeRegistry;
  readonly self: Omit<Registration, 'record'>;
  /** What the process says of itself now. */
  readonly describe: () => InstanceRecord;
  readonly metrics: PresenceMetrics;
  readonly log: Logger;
}

/** `unavailable`: the store could not be asked. */
export type AttemptOutcome = RegistrationOutcome['outcome'] | 'unavailable';

/** Counts what became of each registration and renewal. */
export interface PresenceMetrics {
  attempted(outcome: AttemptOutcome): void;
  /** It left: it is not to be registered any more. */
  left(): void;
}

/** How long a registration lasts. */
export interface PresenceLimits {
  /** How long a process that died is still listed. */
  readonly leaseMs: number;
}

/** Renewals in the life of a lease: some may fail before a process that lives is missing. */
const renewalsPerLease = 4;

/** Trouble never stops the process: it is told once each time it begins, counted, and tried again. */
export function createPresence(deps: PresenceDeps, { leaseMs }: PresenceLimits): Presence {
  const { nodes, self, describe, metrics, log } = deps;
  const { service, instance, boot } = self;
  let before: AttemptOutcome | undefined;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let over = false;

  const attempt = async (): Promise<RegistrationOutcome | { readonly outcome: 'unavailable' }> => {
    try {
      return await nodes.register({ ...self, record: describe() }, leaseMs);
    } catch (error) {
      if (!(error instanceof FanoutError)) throw error;
      return { outcome: 'unavailable' };
    }
  };

  const beat = async (): Promise<void> => {
    const done = await attempt();
    metrics.attempted(done.outcome);
    if (done.outcome !== before) tell(log, { service, instance }, done);
    before = done.outcome;
    if (!over) timer = setTimeout(begin, leaseMs / renewalsPerLease);
  };

  const begin = (): void => {
    underWay = beat();
  };

  return {
    start: begin,
    async leave() {
      over = true;
      clearTimeout(timer);
      await underWay; // else it might register behind the leaving
      metrics.left();
      try {
        await nodes.leave(service, instance, boot);
      } catch (error) {
        if (!(error instanceof FanoutError)) throw error;
        log.warn({ service, instance, leaseMs }, 'could not leave the registry, the lease ends by itself');
      }
    },
  };
}

function tell(
  log: Logger,
  who: { readonly service: string; readonly instance: string },
  done: RegistrationOutcome | { readonly outcome: 'unavailable' },
): void {
  switch (done.outcome) {
    case 'registered':
      log.info(who, 'registered');
      return;
    case 'taken':
      log.error(
        { ...who, leaseLeftMs: done.leaseLeftMs },
        'not registered: another node with this id lives, or died just now; if it lives, give each its own TICKWIRE_NODE_ID',
      );
      return;
    case 'full':
      log.error({ ...who, of: done.of }, 'not registered: the registry has no room for more');
      return;
    case 'unavailable':
      log.warn(who, 'not registered: Redis does not take it, trying on');
      return;
    default:
      done satisfies never;
  }
}
