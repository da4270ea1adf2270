import { Cluster } from 'ioredis';
import type { RedisClient } from '#fanout/redis/connection/connection.ts';
import type { Finding } from '#runtime/finding.ts';
import type { NamedServer, RedisFacts } from './facts.ts';

/** Each master of a cluster, or the one server. */
export function serversOf(client: RedisClient): NamedServer[] {
  const servers = client instanceof Cluster ? client.nodes('master') : [client];
  return servers.map((server) => {
    const { stream, options } = server;
    const host = stream?.remoteAddress ?? options.host ?? '127.0.0.1';
    const port = stream?.remotePort ?? options.port;
    const tls = options.tls === undefined ? '' : ' --tls';
    return { address: `${host}:${port}`, cli: `redis-cli -h ${host} -p ${port}${tls}`, server };
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
