import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** The machine that figures are from: `2 × Intel(R) Xeon(R), Node 20.19.5, Redis 7.0.15`. */
export function describeMachine(redisCommand: string): string {
  const models = cpus().map(({ model }) => model.trim() || 'CPU of unknown model');
  const version = execFileSync(redisCommand, ['--version'], { encoding: 'utf8', timeout: 5000 });
  const redis = /v=(\S+)/.exec(version)?.[1] ?? 'of unknown version';
  return `${models.length} × ${models[0]}, Node ${process.versions.node}, Redis ${redis}`;
}
