import { Argument } from 'commander';
import { describedCommand, type Subcommand } from '#command/program.ts';

/** What is to be examined: what one process needs here, or both that are joined by Redis. */
export type Target = 'hub' | 'feed' | 'start';

/** What `tickwire doctor` is asked to look at, and how it reports. */
export interface DoctorRequest {
  readonly targets: readonly Target[];
  /** For programs instead of people. */
  readonly json: boolean;
}

const words = {
  description: `Looks at this machine, at the TICKWIRE_ keys of the environment and at Redis, and says for each thing that is not as it should be what to do. Changes nothing. Exit code: 0, or 1 when something fails.

Looked at: Node, uWebSockets.js and its C library, the limit of open files, every key, certificates, the issuer's keys, ports; of Redis its version, role, cluster, memory, buffer of subscribers, disk, clock, and the rights of the user.

With --json: {"ok":false,"findings":[{"topic":"…","verdict":"ok|unseen|warn|fail","says":"…","fix":"…"}]}`,
  examples: [
    'tickwire doctor',
    'TICKWIRE_REDIS_URL=redis://tickwire-hub:…@10.0.0.5:6379 tickwire doctor hub',
    'TICKWIRE_REDIS_URL=redis://admin:…@10.0.0.5:6379 tickwire doctor     # sees settings that a hub may not',
    `tickwire doctor --json | jq '.findings[] | select(.verdict == "fail")'`,
  ],
};

const about = 'what on this machine and in Redis is not as it should be, each with its fix';
/** Declares `tickwire doctor`; `run` resolves with its exit code. */
export function doctorCommand(run: (request: DoctorRequest) => Promise<number>): Subcommand {
  return (program, choose) => {
    describedCommand(program, 'doctor', about, words)
      .addArgument(
        new Argument(
          '[process]',
          'what that one needs; what a hub and a feed adapter need when not told',
        ).choices(['hub', 'feed', 'start']),
      )
      .option('--json', 'for programs instead of people')
      .action((target: Target | undefined, { json = false }: { json?: boolean }) => {
        const targets: Target[] = target === undefined ? ['hub', 'feed'] : [target];
        choose(() => run({ targets, json }));
      });
  };
}
