import { parseArgs } from 'node:util';

/** What is to be examined: what one process needs here, or both that are joined by Redis. */
export type Target = 'hub' | 'feed' | 'start';

export interface DoctorRequest {
  readonly targets: readonly Target[];
  /** For programs instead of people. */
  readonly json: boolean;
}

export type ParsedDoctorRequest =
  | { readonly ok: true; readonly request: DoctorRequest }
  | { readonly ok: false; readonly problem: string };

export const doctorHelp = `Usage: tickwire doctor [hub|feed|start] [--json]
  Looks at this machine, at the TICKWIRE_ keys of the environment and at Redis, and says for each thing that is not
  as it should be what to do. Changes nothing. Without a name: what a hub and a feed adapter need.
  Exit code: 0, or 1 when something fails.

Looked at: Node, uWebSockets.js and its C library, the limit of open files, every key, certificates, the issuer's keys,
ports; of Redis its version, role, cluster, memory, buffer of subscribers, disk, clock, and the rights of the user.

Options
  --json    {"ok":false,"findings":[{"topic":"…","verdict":"ok|unseen|warn|fail","says":"…","fix":"…"}]}

Examples
  tickwire doctor
  TICKWIRE_REDIS_URL=redis://tickwire-hub:…@10.0.0.5:6379 tickwire doctor hub
  TICKWIRE_REDIS_URL=redis://admin:…@10.0.0.5:6379 tickwire doctor     # sees settings that a hub may not
  tickwire doctor --json | jq '.findings[] | select(.verdict == "fail")'
`;

export function parseDoctorArguments(args: readonly string[]): ParsedDoctorRequest {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    return check(positionals, values.json);
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function check(names: readonly string[], json: boolean): ParsedDoctorRequest {
  const [name] = names;
  if (name === undefined) return { ok: true, request: { targets: ['hub', 'feed'], json } };
  if (names.length > 1 || (name !== 'hub' && name !== 'feed' && name !== 'start'))
    return { ok: false, problem: `"${names.join(' ')}" is not one of hub, feed, start` };
  return { ok: true, request: { targets: [name], json } };
}
