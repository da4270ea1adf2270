import { Cluster, type Redis } from 'ioredis';
import type { Finding } from '#runtime/finding.ts';
import type { RedisClient } from './connection.ts';
import type { RedisFacts } from './redis-facts.ts';

/** Each master of a cluster, or the one server. */
export function serversOf(client: RedisClient): (readonly [address: string, server: Redis])[] {
  const servers = client instanceof Cluster ? client.nodes('master') : [client];
  return servers.map((server) => {
    const { remoteAddress, remotePort } = server.stream ?? {};
    const { host, port } = server.options;
    return [`${remoteAddress ?? host}:${remotePort ?? port}`, server] as const;
  });
}

/** Of several servers what is right with all is said once, what is wrong by the server's name. */
export function namingServers(
  facts: readonly RedisFacts[],
  look: (facts: RedisFacts) => readonly Finding[],
): Finding[] {
  const all = facts.map((each) => ({ address: each.address, findings: look(each) }));
  if (all.length === 1) return [...(all[0]?.findings ?? [])];
  const topics = [...new Set(all.flatMap(({ findings }) => findings.map(({ topic }) => topic)))];
  return topics.flatMap((topic) => {
    const found = all.flatMap(({ address, findings }) =>
      findings.filter((each) => each.topic === topic).map((each) => ({ address, each })),
    );
    const wrong = found.filter(({ each }) => each.verdict !== 'ok');
    if (wrong.length === 0) return found.slice(0, 1).map(({ each }) => each);
    return wrong.map(({ address, each }) => ({ ...each, says: `${address}: ${each.says}` }));
  });
}
