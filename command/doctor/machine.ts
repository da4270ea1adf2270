import { readFileSync } from 'node:fs';
import type { HubConfig } from '#hub/config.ts';
import { type Finding, fail, ok, unseen } from '#runtime/finding.ts';

/** As package.json's "engines" says. */
const nodeMin = { major: 20, minor: 19 };

/** Beside its sockets a hub has files, connections to Redis and up to 1,500 connections that are no sockets open. */
const otherFiles = 2000;

/** @param version as Node writes it, e.g. `v20.20.2` */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const isEnough = major > nodeMin.major || (major === nodeMin.major && minor >= nodeMin.minor);
  if (isEnough) return ok('node', version);
  return fail(
    'node',
    `${version} is too old`,
    `use Node ${nodeMin.major}.${nodeMin.minor} or later, best 24`,
  );
}

/**
 * Whether all the sockets that the hub lets in can be open. Node raises its own limit to the hard one when it starts.
 * @param limits text of /proc/self/limits; empty where there is none
 */
export function fileLimitFindings(
  hub: Pick<HubConfig, 'socketsMax'> | undefined,
  limits: string = limitsHere(),
): Finding[] {
  if (hub === undefined) return [];
  const topic = 'open files';
  const needed = hub.socketsMax + otherFiles;
  const [, text] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? [];
  if (text === undefined)
    return [unseen(topic, 'can not see the limit', `it has to be ${needed}: ulimit -n`)];
  const allowed = text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
  const says = `a process may have ${text}, TICKWIRE_SOCKETS is ${hub.socketsMax}`;
  if (allowed >= needed) return [ok(topic, says)];
  const fewer = Math.max(allowed - otherFiles, 1);
  const fix = `raise it to ${needed} (ulimit -n ${needed}; systemd: LimitNOFILE=${needed}), or set TICKWIRE_SOCKETS=${fewer}`;
  return [fail(topic, `${says} and some ${otherFiles} more are needed`, fix)];
}

function limitsHere(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux
  }
}
