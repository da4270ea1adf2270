import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

test('no request of a test goes over a connection that an earlier one left', async (t) => {
  let connections = 0;
  const server = createServer((_, response) => response.end('well')).on('connection', () => connections++);
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (let i = 0; i < 3; i++) assert.equal(await (await fetch(url)).text(), 'well');
  assert.equal(connections, 3);
});
