import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { hubKeys } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { startHub } from '#hub/socket-fixtures.ts';
import { readConfig } from '#runtime/config/config.ts';
import { hostKeys } from '#runtime/http/known-hosts.ts';
import { say } from '#runtime/http/raw-http-fixture.ts';

/** A hub with these keys of its environment; returns its port. */
async function start(t: TestContext, environment: Record<string, string> = {}): Promise<number> {
  const edge = edgeOf(readConfig({ ...hostKeys, ...hubKeys }, environment));
  const { hub, port } = await startHub({}, undefined, undefined, undefined, edge);
  t.after(() => hub.stop());
  return port;
}

/** The head of the first answer on a connection, in lower case, without its status line; and that line. */
async function ask(port: number, lines: readonly string[], body = '') {
  const answer = await say(port, [...lines, 'Connection: close', '', body].join('\r\n'));
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [status = '', ...headers] = head.split('\r\n');
  const header = (name: string): string | undefined =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  return { status: Number(status.split(' ')[1]), header, body: rest.join('\r\n\r\n') };
}

const own = 'Host: localhost';

test('HEAD answers where GET does, with the same head and no body', async (t) => {
  const port = await start(t);
  for (const path of ['/', '/health', '/symbols', '/sources', '/ws', '/nothing']) {
    const got = await fetch(`http://127.0.0.1:${port}${path}`);
    const head = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' });
    assert.equal(head.status, got.status, path);
    assert.equal(await head.text(), '', path);
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control'])
      assert.equal(head.headers.get(name), got.headers.get(name), `${name} of ${path}`);
    await got.text();
  }
});

test('after an answer without a body the connection goes on', async (t) => {
  const port = await start(t);
  const requests = ['HEAD /health', 'OPTIONS /symbols', 'HEAD /', 'GET /nothing'];
  const bytes = requests.map((line, i) => {
    const last = i === requests.length - 1 ? 'Connection: close\r\n' : '';
    return `${line} HTTP/1.1\r\n${own}\r\n${last}\r\n`;
  });
  const statuses = [...(await say(port, bytes.join(''))).matchAll(/^HTTP\/1.1 (\d+)/gm)].map(
    ([, status]) => status,
  );
  assert.deepEqual(statuses, ['200', '204', '200', '404']);
});

test('a method that a path does not have is refused with those that it has', async (t) => {
  const port = await start(t, { TICKWIRE_OPERATOR_TOKEN: 'sixteen characters'.replaceAll(' ', '-') });
  for (const [method, path, allowed] of [
    ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
    ['POST', '/symbols', 'GET, HEAD, OPTIONS'],
    ['PUT', '/session', 'POST, OPTIONS'],
    ['GET', '/session', 'POST, OPTIONS'],
    ['PATCH', '/services/candles', 'POST, GET, HEAD, OPTIONS'],
    ['GET', '/services/candles/one', 'DELETE, OPTIONS'],
  ] as const) {
    const { status, header } = await ask(port, [`${method} ${path} HTTP/1.1`, own]);
    assert.deepEqual([status, header('allow')], [405, allowed], `${method} ${path}`);
    const options = await ask(port, [`OPTIONS ${path} HTTP/1.1`, own]);
    assert.deepEqual([options.status, options.header('allow')], [204, allowed], `OPTIONS ${path}`);
  }
});

test('POST /session takes a small body, whatever is in it, and refuses a large one', async (t) => {
  const port = await start(t);
  for (const body of ['', '{}', 'a=b', Buffer.from([0xff, 0xfe])]) {
    const answer = await fetch(`http://127.0.0.1:${port}/session`, { method: 'POST', body });
    assert.equal(answer.status, 503, 'it is read, and this hub is in no registry');
    assert.match(await answer.text(), /No node is ready/);
  }
  const large = await say(
    port,
    `POST /session HTTP/1.1\r\n${own}\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(70_000)}`,
  );
  assert.match(large, /^HTTP\/1.1 413 /);
});

test('pages of a listed origin read what they need, and are told so before they ask', async (t) => {
  const port = await start(t, { TICKWIRE_ORIGINS: 'https://desk.example' });
  const page = 'Origin: https://desk.example';
  for (const [method, path] of [
    ['GET', '/health'],
    ['GET', '/symbols'],
    ['GET', '/sources'],
    ['POST', '/session'],
  ] as const) {
    const asked = await ask(port, [`${method} ${path} HTTP/1.1`, own, page]);
    assert.equal(asked.header('access-control-allow-origin'), 'https://desk.example', path);
    assert.equal(asked.header('vary'), 'Origin', path);
    const before = await ask(port, [
      ...[`OPTIONS ${path} HTTP/1.1`, own, page, `Access-Control-Request-Method: ${method}`],
      'Access-Control-Request-Headers: authorization,content-type',
    ]);
    assert.equal(before.status, 204, path);
    assert.ok(before.header('access-control-allow-methods')?.split(', ').includes(method), path);
    assert.match(before.header('access-control-allow-headers') ?? '', /Authorization.*Content-Type/, path);
  }
});

test('pages of other origins read nothing, and what a cache keeps for one page is not for another', async (t) => {
  const port = await start(t, { TICKWIRE_ORIGINS: 'https://desk.example' });
  for (const origin of ['https://evil.example', 'null', 'https://desk.example.evil.example']) {
    const { header } = await ask(port, ['GET /symbols HTTP/1.1', own, `Origin: ${origin}`]);
    assert.deepEqual([header('access-control-allow-origin'), header('vary')], [undefined, 'Origin'], origin);
  }
  const { header } = await ask(port, ['GET /symbols HTTP/1.1', own]);
  assert.deepEqual([header('access-control-allow-origin'), header('vary')], [undefined, 'Origin']);
});

test('the registry of nodes is for no page, not even one of a listed origin', async (t) => {
  const environment = { TICKWIRE_ORIGINS: 'https://desk.example', TICKWIRE_OPERATOR_TOKEN: 'x'.repeat(16) };
  const port = await start(t, environment);
  const page = 'Origin: https://desk.example';
  for (const path of ['/services/hub', '/services/hub/one'])
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      const { header } = await ask(port, [`${method} ${path} HTTP/1.1`, own, page]);
      assert.equal(header('access-control-allow-origin'), undefined, `${method} ${path}`);
    }
});

test('with a star for origins every page reads the same answer, so that caches can keep it', async (t) => {
  const port = await start(t, { TICKWIRE_ORIGINS: '*' });
  for (const lines of [[own], [own, 'Origin: https://any.example']]) {
    const { header } = await ask(port, ['GET /symbols HTTP/1.1', ...lines]);
    assert.deepEqual([header('access-control-allow-origin'), header('vary')], ['*', undefined]);
  }
});

test('a page that gave this address a name of its own gets no answer and no socket', async (t) => {
  const port = await start(t);
  const strange = 'Host: rebound.example:8080';
  for (const path of ['/', '/health', '/symbols', '/sources']) {
    const { status, body } = await ask(port, [`GET ${path} HTTP/1.1`, strange]);
    assert.equal(status, 421, path);
    assert.match(body, /TICKWIRE_HOSTS/);
  }
  assert.equal(await opens(port, [strange, 'Origin: http://rebound.example:8080']), 403);
  assert.equal(await opens(port, ['Host: localhost', 'Origin: http://localhost']), 101);
});

test('the names of TICKWIRE_HOSTS, of listed origins and of the public address are the hub’s own', async (t) => {
  const port = await start(t, {
    TICKWIRE_HOSTS: 'ticks.example',
    TICKWIRE_ORIGINS: 'https://desk.example:8443',
    TICKWIRE_PUBLIC_URL: 'wss://public.example/ws',
  });
  for (const host of ['ticks.example', 'desk.example', 'public.example:443', 'localhost', '192.0.2.1:8080'])
    assert.equal((await ask(port, ['GET /health HTTP/1.1', `Host: ${host}`])).status, 200, host);
  assert.equal(await opens(port, ['Host: ticks.example', 'Origin: https://ticks.example']), 101);
});

/** What a client asks for a socket with, but for the host. */
function handshake(version = '13'): readonly string[] {
  return [
    'GET /ws HTTP/1.1',
    'Upgrade: websocket',
    `Sec-WebSocket-Version: ${version}`,
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
}

/** The status of a handshake with these further lines. */
async function opens(port: number, lines: readonly string[], version = '13'): Promise<number> {
  return Number(
    (await handshakeAnswer(port, [...handshake(version), 'Connection: Upgrade', ...lines])).slice(9, 12),
  );
}

async function handshakeAnswer(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write([...lines, '', ''].join('\r\n'));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString('latin1');
}

test('a handshake of another version is told which one is spoken here', async (t) => {
  const port = await start(t);
  for (const version of ['8', '0', '130', '', '13, 8'])
    assert.match(
      await handshakeAnswer(port, [...handshake(version), own, 'Connection: Upgrade']),
      /^HTTP\/1.1 426 [\s\S]*\r\nsec-websocket-version: 13\r\n/i,
      version,
    );
});

test('a handshake that does not ask for an upgrade is none', async (t) => {
  const port = await start(t);
  const all = [...handshake(), own, 'Connection: keep-alive, Upgrade'];
  assert.match(await handshakeAnswer(port, all), /^HTTP\/1.1 101 /);
  for (const missing of ['Upgrade: websocket', 'Connection: keep-alive, Upgrade']) {
    const lines = all.filter((line) => line !== missing);
    assert.match(
      await handshakeAnswer(port, lines),
      /^HTTP\/1.1 426 [\s\S]*\r\nupgrade: websocket\r\n/i,
      missing,
    );
  }
});

test('two lines of subprotocols are one list', async (t) => {
  const port = await start(t);
  const lines = [
    ...[...handshake(), own, 'Connection: Upgrade'],
    ...['Sec-WebSocket-Protocol: gossip', 'Sec-WebSocket-Protocol: tickwire.msgpack.v1'],
  ];
  assert.match(
    await handshakeAnswer(port, lines),
    /^HTTP\/1.1 101 [\s\S]*sec-websocket-protocol: tickwire.msgpack.v1\r\n/i,
  );
});

test('what follows a chunked body is not the next request', async (t) => {
  const port = await start(t);
  const body = '3\r\nabc\r\n0\r\n';
  for (const path of ['/session', '/health', '/nothing'])
    for (const trailer of ['X-Checksum: 1\r\n\r\n', `GET /health HTTP/1.1\r\n${own}\r\n\r\n`]) {
      const head = `POST ${path} HTTP/1.1\r\n${own}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const heard = await say(port, `${head}${body}${trailer}`);
      assert.ok(heard.split('HTTP/1.1 ').length <= 2, `${path}: one answer at most, then the end: ${heard}`);
      assert.doesNotMatch(heard, /"status":"ok"/, path);
    }
});
