import { type Finding, fail, ok, unseen, warn } from '#runtime/finding.ts';
import type { RedisFacts } from './facts.ts';

/**
 * Whether a server is set as Tickwire needs it. These are the two settings that lose updates when they are wrong,
 * so every process looks at them when it has reached Redis.
 */
export function vitalFindings(facts: RedisFacts): Finding[] {
  return [memoryPolicy(facts), subscriberBuffer(facts)];
}

/** Version, role, memory and disk: the rest of what `tickwire doctor` says of a server. */
export function serverFindings(facts: RedisFacts): Finding[] {
  return [version(facts), role(facts), ...memory(facts), streamNodes(facts), ...disk(facts)];
}

const megabyte = 1_048_576;
/** A burst above the subscriber's pace got its connection killed three times at Redis' own 32mb 8mb 60. */
const bufferWanted = { hardBytes: 256 * megabyte, softBytes: 64 * megabyte, text: 'pubsub 256mb 64mb 60' };
const bufferOfRedis = { hardBytes: 32 * megabyte, softBytes: 8 * megabyte };
const versionMin = 7;
/** 50,000 streams of 20 entries took 173 MB with nodes of this size, and 478 MB with the 4096 of Redis' own. */
const streamNodeBytes = 1024;
const memoryUsedMax = 0.8;

function memoryPolicy({ info, cli }: RedisFacts): Finding {
  const topic = 'redis memory policy';
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return hidden(topic, cli, 'maxmemory-policy');
  if (policy === 'noeviction') return ok(topic, 'noeviction');
  const says = `${policy}: Redis would throw away histories and leases when its memory is full`;
  const fix = settingFix(cli, 'maxmemory-policy', 'noeviction');
  return Number(info.get('maxmemory')) > 0
    ? fail(topic, says, fix)
    : warn(topic, `${says}; maxmemory is not set, so not yet`, fix);
}

function subscriberBuffer({ settings, cli }: RedisFacts): Finding {
  const topic = 'redis pub/sub buffer';
  const text = /\bpubsub (\d+) (\d+) (\d+)/.exec(settings?.get('client-output-buffer-limit') ?? '');
  if (text === null) return hidden(topic, cli, 'client-output-buffer-limit');
  const [hardBytes = 0, softBytes = 0, seconds = 0] = text.slice(1).map(Number);
  const shown = `pubsub ${megabytes(hardBytes)} ${megabytes(softBytes)} ${seconds}`;
  if (reaches(hardBytes, bufferWanted.hardBytes) && reaches(softBytes, bufferWanted.softBytes))
    return ok(topic, shown);
  const says = `${shown} is less than ${bufferWanted.text}: a burst gets a hub's connection cut, and its clients wait`;
  const fix = settingFix(cli, 'client-output-buffer-limit', `"${bufferWanted.text}"`);
  const isTiny = !reaches(hardBytes, bufferOfRedis.hardBytes) || !reaches(softBytes, bufferOfRedis.softBytes);
  return isTiny ? fail(topic, says, fix) : warn(topic, says, fix);
}

/** 0 is no limit. */
function reaches(bytes: number, wanted: number): boolean {
  return bytes === 0 || bytes >= wanted;
}

function version({ info }: RedisFacts): Finding {
  const topic = 'redis version';
  const text = info.get('redis_version') ?? 'unknown';
  if (Number.parseInt(text, 10) >= versionMin) return ok(topic, text);
  const fix = `run Redis ${versionMin}.0 or later; Debian 12, Ubuntu 24.04: apt-get install redis-server`;
  return fail(topic, `${text} is older than ${versionMin}.0, which has sharded pub/sub and EVALSHA_RO`, fix);
}

function role({ info }: RedisFacts): Finding {
  const topic = 'redis role';
  const name = info.get('role') ?? 'unknown';
  if (name === 'master') return ok(topic, `master, ${info.get('connected_slaves') ?? 0} replicas`);
  const master = `${info.get('master_host')}:${info.get('master_port')}`;
  const fix = `name the master in TICKWIRE_REDIS_URL (this one follows ${master}), or its sentinels with TICKWIRE_REDIS_MODE=sentinel`;
  return fail(topic, `${name}: it can not be written to`, fix);
}

function memory({ info, cli }: RedisFacts): Finding[] {
  const topic = 'redis memory';
  const max = Number(info.get('maxmemory') ?? Number.NaN);
  const used = Number(info.get('used_memory') ?? 0);
  if (Number.isNaN(max)) return [hidden(topic, cli, 'maxmemory')];
  const fix = settingFix(cli, 'maxmemory', '2gb');
  if (max === 0)
    return [warn(topic, 'maxmemory is not set: Redis grows until the system ends it without a word', fix)];
  const shown = `${megabytes(used)} of ${megabytes(max)}`;
  if (used <= memoryUsedMax * max) return [ok(topic, shown)];
  return [warn(topic, `${shown} are taken: at the limit Redis refuses every tick`, fix)];
}

function streamNodes({ settings, cli }: RedisFacts): Finding {
  const topic = 'redis stream nodes';
  const bytes = settings?.get('stream-node-max-bytes');
  if (bytes === undefined) return hidden(topic, cli, 'stream-node-max-bytes');
  if (Number(bytes) > 0 && Number(bytes) <= streamNodeBytes) return ok(topic, `${bytes} bytes`);
  const says = `${bytes} bytes: short histories take up to three times the memory of ${streamNodeBytes}`;
  return warn(topic, says, settingFix(cli, 'stream-node-max-bytes', String(streamNodeBytes)));
}

/** Nothing has to be kept on disk; what is kept must not get in the way. */
function disk({ info, settings, cli }: RedisFacts): Finding[] {
  const topic = 'redis disk';
  if (info.get('rdb_last_bgsave_status') === 'err') {
    const says = 'the last snapshot on disk failed, so Redis refuses to be written to';
    return [fail(topic, says, `${settingFix(cli, 'save', '""')}, or free its disk`)];
  }
  const keeps = info.get('aof_enabled') === '1' || (settings?.get('save') ?? '') !== '';
  const after = 'after a restart of Redis clients get a reset and new prices';
  return [
    ok(topic, keeps ? 'kept on disk; forks for it take memory beside maxmemory' : `not used: ${after}`),
  ];
}

function hidden(topic: string, cli: string, name: string): Finding {
  return unseen(
    topic,
    `can not see ${name}: this user may not, or Redis does not say`,
    `look as administrator: ${cli} CONFIG GET ${name}`,
  );
}

/** The exact command for now, and what makes it last. */
function settingFix(cli: string, name: string, value: string): string {
  return `${cli} CONFIG SET ${name} ${value}, and ${name} ${value.replaceAll('"', '') || '""'} in redis.conf`;
}

function megabytes(bytes: number): string {
  return bytes % megabyte === 0 ? `${bytes / megabyte}mb` : `${Math.round(bytes / 1024)}kb`;
}
