import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { type HttpAnswer, jsonAnswer } from '#runtime/http/answer.ts';
import { say } from '#runtime/http/raw-http-fixture.ts';
import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import { createLogger } from '#runtime/logger.ts';
import { until } from '#test/harness/redis/until.ts';
import { chooseListener } from './choose-listener.ts';
import { listenerChoices, serving } from './fixtures.ts';

const told = (request: HttpRequest) => {
  const { method, path, query, peer } = request;
  return { method, path, query, peer, a: headerOf(request, 'x-a') };
};

for (const choice of listenerChoices)
  describe(`HTTP by ${choice}`, () => {
    test('a handler sees the request whole, before and after a wait', async (t) => {
      const http = async (request: HttpRequest): Promise<HttpAnswer> => {
        const before = told(request);
        await new Promise(setImmediate);
        assert.deepEqual(told(request), before);
        return jsonAnswer(200, before);
      };
      const { port } = await serving(t, { http }, {}, choice);
      const answer = await say(
        port,
        'DELETE /a/b%20c?d=e?f&g HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n',
      );
      const body = { method: 'DELETE', path: '/a/b%20c', query: 'd=e?f&g', peer: '127.0.0.1', a: '1, 2' };
      assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), body);
    });

    test('text of any characters arrives as it is in a body, and as ASCII in a header', async (t) => {
      const text = 'ascii é é😀';
      const http = () => jsonAnswer(404, text, [['X-A', text]]);
      const { port } = await serving(t, { http }, {}, choice);
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      assert.deepEqual([answer.status, answer.statusText], [404, 'Not Found']);
      assert.equal(answer.headers.get('x-a'), 'ascii %C3%A9 %C3%A9%F0%9F%98%80');
      assert.equal(await answer.json(), text);
    });

    test('a body is read to its end, and one without end is cut off with the answer', async (t) => {
      const http = async (request: HttpRequest): Promise<HttpAnswer> => {
        await new Promise(setImmediate);
        return jsonAnswer(200, await request.body());
      };
      const { port } = await serving(t, { http }, { bodyBytesMax: 100, bodyTimeoutMs: 300 }, choice);
      const post = async (body: string | Uint8Array<ArrayBuffer>) =>
        (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })).json();
      assert.deepEqual(await post('{"é":1}'), { state: 'complete', text: '{"é":1}' });
      assert.deepEqual(await post(''), { state: 'complete', text: '' });
      assert.deepEqual(await post(new Uint8Array([0xc3])), { state: 'not_utf8' });
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n';
      assert.match(await say(port, `${head}${'x'.repeat(101)}`), /\{"state":"too_large","bytesMax":100\}$/);
      assert.match(await say(port, `${head}x`), /\{"state":"late"\}$/);
    });

    test('an answer without a body has none, and a client that left is answered by nobody', async (t) => {
      const statuses = [204, 304];
      let waiting = 0;
      const http = async (request: HttpRequest): Promise<HttpAnswer> => {
        if (request.path !== '/wait') return { status: statuses.shift() ?? 500, headers: [] };
        waiting++;
        await request.body();
        return jsonAnswer(200, 'too late');
      };
      const { port } = await serving(t, { http }, {}, choice);
      const ask = async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/`);
        return [answer.status, await answer.text()];
      };
      assert.deepEqual(
        [await ask(), await ask()],
        [
          [204, ''],
          [304, ''],
        ],
      );
      const leaving = connect(port, '127.0.0.1');
      leaving.write('POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx');
      await until('it is waited for', () => waiting === 1);
      leaving.destroy();
      statuses.push(204);
      assert.deepEqual(await ask(), [204, '']);
    });

    test('a handshake that is refused gets the answer, and one that is none is a request', async (t) => {
      const handshake = () =>
        ({
          accepted: false,
          answer: { ...jsonAnswer(503, 'é', [['Retry-After', '7']]), close: true },
        }) as const;
      const nothing = () => undefined;
      const sockets = { handshake, opened: nothing, received: nothing, dropped: nothing, closed: nothing };
      const { port } = await serving(
        t,
        { http: () => ({ ...jsonAnswer(426, 'no'), close: true }), sockets },
        {},
        choice,
      );
      const [status, again] = await new Promise<[number | undefined, string | undefined]>(
        (resolve, reject) => {
          const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`);
          ws.on('unexpected-response', (_, { statusCode, headers }) =>
            resolve([statusCode, headers['retry-after']]),
          );
          ws.on('open', reject);
          ws.on('error', reject);
        },
      );
      assert.deepEqual([status, again], [503, '7']);
      const upgrade = 'Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n';
      assert.match(await say(port, `GET /ws HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 426 /);
      assert.match(await say(port, `GET /other HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 426 /);
    });
  });

const log = createLogger('hub', 'silent');
const limits = hubLimits(readConfig(hubKeys, {}));
const load = () => Promise.reject(new Error("version `GLIBC_2.38' not found\n  more"));

test("where uWebSockets.js does not load Node's own server listens, and one line says so and what to install", async () => {
  const lines: unknown[] = [];
  const noted = Object.assign(Object.create(log), { warn: (...line: unknown[]) => lines.push(line) });
  const listener = await chooseListener({ choice: 'auto', tls: undefined, log: noted, load }, limits);
  assert.equal(listener.kind, 'node');
  assert.equal(lines.length, 1);
  assert.match(JSON.stringify(lines), /GLIBC_2\.38' not found.*for full speed use Node 20/);
});

test('who asks for uWebSockets.js alone is refused with what to do', async () => {
  await assert.rejects(
    chooseListener({ choice: 'uws', tls: undefined, log, load }, limits),
    (error: unknown) => error instanceof ConfigError && /TICKWIRE_LISTENER.*use Node 20/.test(error.message),
  );
});
