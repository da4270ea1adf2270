import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FanoutError } from '#fanout/ports.ts';
import { startHub } from '#hub/socket-fixtures.ts';
import { closed } from '#runtime/closed-fixture.ts';
import { until } from '#test/harness/redis/until.ts';
import { createFanout, operatorToken, type RegisteredHub, startRegisteredHub } from './fixtures.ts';

const candles = { name: 'Candles', ip_address: '10.0.0.7', port_number: 8090, protocol: 'https' };

/** A hub whose registry an operator asks; the answer with its body. */
async function start(t: TestContext) {
  const hub = await startRegisteredHub(t);
  return { hub, ask: askerOf(hub) };
}

function askerOf(hub: RegisteredHub) {
  return async (method: string, path: string, body?: unknown) => {
    const response = await hub.ask(path, {
      method,
      headers: { Authorization: `Bearer ${operatorToken}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      retryAfter: response.headers.get('retry-after'),
    };
  };
}

test('what is registered is answered with its id and lease, listed, and gone when it is deleted', async (t) => {
  const { ask } = await start(t);
  const { status, body } = await ask('POST', '/services/candles', candles);
  assert.equal(status, 200);
  const { instance_id, registered_at, expires_at, ...rest } = body;
  assert.match(String(instance_id), /^[0-9a-f-]{36}$/);
  const { name, ...place } = candles;
  const told = { ...place, sockets: 0, ready: true };
  assert.deepEqual(rest, { service_id: 'candles', service_name: name, ...told, lease_ms: 30_000 });
  assert.equal(Date.parse(String(expires_at)) - Date.parse(String(registered_at)), 30_000);
  assert.deepEqual((await ask('GET', '/services/candles')).body, {
    ...{ service_name: name, instance_count: 1, registered_at },
    instances: [{ instance_id, ...told, registered_at, expires_at }],
  });
  assert.equal((await ask('DELETE', `/services/candles/${instance_id}`)).status, 204);
  assert.equal((await ask('DELETE', `/services/candles/${instance_id}`)).status, 404);
  assert.equal((await ask('GET', '/services/candles')).status, 404);
});

test('a hub is listed with where its sockets are', async (t) => {
  const { hub, ask } = await start(t);
  const { body } = await ask('GET', '/services/hub');
  assert.equal(body.service_name, 'Tickwire hub');
  const [instance] = body.instances as Record<string, unknown>[];
  assert.deepEqual([instance?.instance_id, instance?.websocket_url], ['one', hub.url]);
});

test('the same instance_id from the same address renews, from another it is refused with what to do', async (t) => {
  const { hub, ask } = await start(t);
  const own = { ...candles, instance_id: 'candles-0', lease_ms: 1000 };
  const first = await ask('POST', '/services/candles', own);
  const renewed = await ask('POST', '/services/candles', {
    ...own,
    lease_ms: 60_000,
    sockets: 7,
    ready: false,
  });
  assert.equal(renewed.status, 200);
  assert.equal(renewed.body.registered_at, first.body.registered_at);
  assert.deepEqual([renewed.body.sockets, renewed.body.ready], [7, false]);
  const taken = await ask('POST', '/services/candles', { ...own, ip_address: '10.0.0.8' });
  assert.equal(taken.status, 409);
  assert.match(String(taken.body.error), /"candles-0" for \d+ ms yet; choose another instance_id/);
  const impostor = { ...candles, name: 'Hub', instance_id: 'one', port_number: hub.port };
  assert.equal((await ask('POST', '/services/hub', impostor)).status, 409);
});

test('an instance that is not renewed vanishes', async (t) => {
  const { ask } = await start(t);
  await ask('POST', '/services/brief', { ...candles, lease_ms: 1000 });
  assert.equal((await ask('GET', '/services/brief')).status, 200);
  await until('it is gone', async () => (await ask('GET', '/services/brief')).status === 404);
});

test('a bad registration is answered with every field that is wrong and what it must be', async (t) => {
  const { ask } = await start(t);
  const bad = {
    ...{ name: '', ip_address: '300.1.1.1', port_number: '80', protocol: 'HTTP' },
    ...{ instance_id: 'a b', lease_ms: 1, sockets: -1, ready: 'yes', colour: 'red', __proto__x: 1 },
  };
  const { status, body } = await ask('POST', '/services/candles', bad);
  assert.equal(status, 400);
  assert.deepEqual(Object.keys(body.fields as object).sort(), Object.keys(bad).sort());
  const empty = await ask('POST', '/services/candles', {});
  assert.deepEqual(Object.keys(empty.body.fields as object), [
    'name',
    'ip_address',
    'port_number',
    'protocol',
  ]);
  for (const value of Object.values(empty.body.fields as object)) assert.match(value, /^must be /);
  assert.equal((await ask('GET', '/services/candles')).status, 404, 'nothing was registered');
});

test('values beyond every range, and bodies that are none, are refused', async (t) => {
  const { ask } = await start(t);
  const wrong = [
    ...['', 'junk', '[]', 'null', '7', '"text"', '{"name":', `${'['.repeat(8000)}`],
    ...[0, 65_536, 1.5, -1, 1e300, null].map((port_number) => ({ ...candles, port_number })),
    ...['a\nb', '\u0000', 'x'.repeat(65), 7, '\ud800'].map((name) => ({ ...candles, name })),
    ...['10.0.0', '::g', 'fe80::1%eth0'.repeat(9), {}, 'localhost'].map((ip_address) => ({
      ...candles,
      ip_address,
    })),
    { ...candles, instance_id: '../x' },
  ];
  for (const body of wrong) {
    const { status } = await ask('POST', '/services/candles', body);
    assert.equal(status, 400, JSON.stringify(body));
  }
  for (const service of ['A', '-x', 'x'.repeat(64), '%41', 'a_b'])
    assert.equal((await ask('POST', `/services/${service}`, candles)).status, 400, service);
});

test('without the operator token nothing is told or changed, without the key there is no such path', async (t) => {
  const { hub } = await start(t);
  const body = JSON.stringify(candles);
  const methods = [
    ['POST', '/services/candles', body],
    ['GET', '/services/hub'],
    ['DELETE', '/services/hub/one'],
  ] as const;
  for (const token of [undefined, '', 'wrong', `${operatorToken}x`])
    for (const [method, path, sent] of methods) {
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const response = await hub.ask(path, { method, headers, ...(sent !== undefined && { body: sent }) });
      assert.equal(response.status, 401, `${method} ${path}`);
    }
  const plain = await startHub();
  t.after(() => plain.hub.stop());
  const headers = { Authorization: 'Bearer ', 'Content-Type': 'application/json' };
  const url = `http://127.0.0.1:${plain.port}/services/hub`;
  assert.equal((await fetch(url, { headers })).status, 404);
});

test('a body that is too large, or no JSON by its type, is refused before it is read', async (t) => {
  const { hub, ask } = await start(t);
  assert.equal(
    (await ask('POST', '/services/candles', { ...candles, name: 'x'.repeat(20_000) })).status,
    413,
  );
  const headers = { Authorization: `Bearer ${operatorToken}`, 'Content-Type': 'text/plain' };
  const typed = await hub.ask('/services/candles', {
    method: 'POST',
    headers,
    body: JSON.stringify(candles),
  });
  assert.equal(typed.status, 415);
  assert.equal((await ask('PUT', '/services/candles')).status, 405);
  assert.equal((await ask('GET', '/services/candles/x')).status, 405);
});

test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const { hub, ask } = await start(t);
  const socket = connect(hub.port, '127.0.0.1');
  const head = `POST /services/half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${operatorToken}\r\n`;
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"name":`);
  await once(socket, 'connect');
  socket.destroy();
  await closed(socket);
  assert.equal((await ask('POST', '/services/half', candles)).status, 200);
});

test('while Redis is away each path says when to ask again', async (t) => {
  const fanout = createFanout();
  const hub = await startRegisteredHub(t, undefined, fanout);
  const away = async (): Promise<never> => {
    throw new FanoutError('timeout', 'away');
  };
  Object.assign(fanout.nodes, { register: away, leave: away, list: away });
  const ask = askerOf(hub);
  for (const answer of [
    await ask('POST', '/services/candles', candles),
    await ask('GET', '/services/hub'),
    await ask('DELETE', '/services/hub/one'),
  ]) {
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.retryAfter) > 0);
  }
});
