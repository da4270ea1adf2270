import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type GatewayHub, startGateway } from './harness/gateway-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { createAuthority } from './harness/redis/tls-files.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const request = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

test('clients come by TLS, through a load balancer that says by PROXY protocol who they are', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const { port, operationsPort } = await scene.startHub({ TRUSTED_PROXIES: '127.0.0.1' });
  const hubs: readonly GatewayHub[] = [{ id: 'hub-1', port, operationsPort }];
  const authority = await createAuthority(t);
  const { cert, key } = await authority.issue('gateway', 'DNS:localhost');
  const certificate = join(authority.folder, 'gateway-both.pem');
  writeFileSync(certificate, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  const settings = { CERTIFICATE: certificate, PROXY_PROTOCOL: 1 };
  const gateway = await startGateway(t, hubs, settings);

  const connection = connectTcp(gateway.port, '127.0.0.1');
  await once(connection, 'connect');
  connection.write('PROXY TCP4 203.0.113.9 127.0.0.1 40000 443\r\n');
  const secure = connectTls({ socket: connection, servername: 'localhost', ca: readFileSync(authority.ca) });
  secure.write(request);
  const answer = await text(secure);
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.match(answer, /strict-transport-security: max-age=/i);
  await until('the log names the client', () => /^203\.0\.113\.9 GET \/health 200 /m.test(gateway.output()));

  const plain = connectTcp(gateway.port, '127.0.0.1');
  plain.on('error', () => undefined); // cut off, as it should be
  plain.end(request);
  assert.doesNotMatch(await text(plain).catch(() => ''), /200 OK/, 'and nobody comes without either');
});
