import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpAnswer, jsonAnswer, plainHeaderValue, statusLine } from './answer.ts';
import { BodyReader, noBody } from './body.ts';
import { announcesBody, type HttpRequest, headerOf, queryValueOf } from './request.ts';
import { createDispatcher, type Dispatch, type DispatcherDeps, type Route } from './route.ts';

function requestOf(method: string, path: string, headers: HttpRequest['headers'] = []): HttpRequest {
  return { method, path, query: '', headers, peer: '127.0.0.1', proxied: '', body: () => noBody };
}

const told = (handled: string): HttpAnswer => jsonAnswer(200, handled);
const routes: readonly Route[] = [
  { method: 'GET', path: '/health', handle: () => told('health') },
  {
    method: 'POST',
    path: '/health',
    takesBody: true,
    handle: async (request) => told((await request.body()).state),
  },
  { method: 'GET', path: '/services/:service', handle: (_, { service }) => told(`service ${service}`) },
  {
    method: 'DELETE',
    path: '/services/:service/:instance',
    handle: (_, { instance }) => told(`${instance}`),
  },
  {
    ...{ method: 'GET', path: '/thrown' },
    handle: () => {
      throw new Error('a bug');
    },
  },
  { method: 'GET', path: '/rejected', handle: () => Promise.reject(new Error('a bug')) },
];

function dispatcher(deps: Partial<DispatcherDeps> = {}): Dispatch {
  return createDispatcher(routes, {
    admit: () => undefined,
    notFound: () => jsonAnswer(404, 'nothing'),
    finish: (answer) => ({ ...answer, headers: [...answer.headers, ['X-Finished', 'yes']] }),
    failed: () => undefined,
    ...deps,
  });
}

async function said(dispatch: Dispatch, request: HttpRequest): Promise<string> {
  const { status, body, close } = await dispatch(request);
  return `${status} ${body ?? ''}${close === true ? ' and closes' : ''}`;
}

test('a request goes to the route of its method and path, with what its path has in place of names', async () => {
  const dispatch = dispatcher();
  for (const [method, path, answer] of [
    ['GET', '/health', '200 "health"'],
    ['POST', '/health', '200 "complete"'],
    ['GET', '/services/candles', '200 "service candles"'],
    ['GET', '/services/__proto__', '200 "service __proto__"'],
    ['GET', '/services/', '200 "service "'],
    ['DELETE', '/services/candles/one%20two', '200 "one%20two"'],
    ['GET', '/services', '404 "nothing"'],
    ['GET', '/services/candles/one/more', '404 "nothing"'],
    ['GET', '/health/', '404 "nothing"'],
    ['GET', '', '404 "nothing"'],
    ['PUT', '/health', '405 {"error":"Only GET and POST are answered here"}'],
    ['get', '/services/candles', '405 {"error":"Only GET is answered here"}'],
  ] as const)
    assert.equal(await said(dispatch, requestOf(method, path)), answer, `${method} ${path}`);
});

test('every request is looked at before its handler, with its route or without one', async () => {
  const seen: (string | undefined)[] = [];
  const dispatch = dispatcher({
    admit(request, route) {
      seen.push(route?.path);
      return request.path === '/health' ? jsonAnswer(429, 'wait') : undefined;
    },
  });
  assert.equal(await said(dispatch, requestOf('GET', '/health')), '429 "wait"');
  assert.equal(await said(dispatch, requestOf('GET', '/services/a')), '200 "service a"');
  assert.equal(await said(dispatch, requestOf('GET', '/nothing')), '404 "nothing"');
  assert.deepEqual(seen, ['/health', '/services/:service', undefined]);
});

test('where no body is wanted one is refused, and the connection ends', async () => {
  const dispatch = dispatcher();
  for (const header of [
    ['content-length', '1'],
    ['content-length', '00'],
    ['transfer-encoding', 'chunked'],
  ] as const) {
    assert.match(await said(dispatch, requestOf('GET', '/health', [header])), /^413 .* and closes$/);
    assert.match(await said(dispatch, requestOf('PUT', '/nothing', [header])), /^413 .* and closes$/);
    assert.equal(await said(dispatch, requestOf('POST', '/health', [header])), '200 "complete"');
  }
  assert.equal(await said(dispatch, requestOf('GET', '/health', [['content-length', '0']])), '200 "health"');
});

test('a handler with a bug is answered for with 500, and told of', async () => {
  const failures: string[] = [];
  const dispatch = dispatcher({ failed: (error, { path }) => failures.push(`${path} ${String(error)}`) });
  for (const path of ['/thrown', '/rejected'])
    assert.match(await said(dispatch, requestOf('GET', path)), /^500 /);
  assert.deepEqual(failures, ['/thrown Error: a bug', '/rejected Error: a bug']);
});

test('every answer is seen before it is sent', async () => {
  const dispatch = dispatcher();
  for (const path of ['/health', '/nothing', '/thrown', '/rejected']) {
    const { headers } = await dispatch(requestOf('GET', path));
    assert.deepEqual(headers.at(-1), ['X-Finished', 'yes'], path);
  }
});

test('lines of a header are one value, in their order', () => {
  const request = requestOf('GET', '/', [
    ['a', '1'],
    ['b', ''],
    ['a', '2, 3'],
  ]);
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => headerOf(request, name)),
    ['1, 2, 3', '', ''],
  );
  assert.equal(announcesBody(request), false);
});

test('a value of the query is found, its escapes undone', () => {
  const request = { query: 'a=1&ticket=x%2By&ticket=z&empty=' };
  assert.deepEqual(
    ['ticket', 'empty', 'other'].map((name) => queryValueOf(request, name)),
    ['x+y', '', undefined],
  );
  assert.equal(queryValueOf({ query: '' }, 'a'), undefined);
});

test('a header is sent as printable ASCII, whatever is put into it', () => {
  assert.equal(plainHeaderValue('Bearer realm="a b"'), 'Bearer realm="a b"');
  assert.equal(plainHeaderValue('é😀\r\nSet-Cookie: a'), '%C3%A9%F0%9F%98%80%0D%0ASet-Cookie: a');
  assert.equal(statusLine(404), '404 Not Found');
  assert.equal(statusLine(599), '599 Unknown');
});

test('a body is read to its end, within its bounds', async () => {
  const limits = { bodyBytesMax: 4, bodyTimeoutMs: 60_000 };
  const read = (...chunks: readonly Uint8Array[]) => {
    const reader = new BodyReader(limits);
    for (const chunk of chunks) reader.add(chunk);
    reader.end();
    return reader.body;
  };
  assert.deepEqual(await read(Buffer.of(0xc3), Buffer.of(0xa9, 0x21)), { state: 'complete', text: 'é!' });
  assert.deepEqual(await read(Buffer.alloc(4), Buffer.alloc(1)), { state: 'too_large', bytesMax: 4 });
  assert.deepEqual(await read(Buffer.of(0xc3)), { state: 'not_utf8' });
  const late = new BodyReader({ ...limits, bodyTimeoutMs: 1 });
  assert.deepEqual(await late.body, { state: 'late' });
  assert.equal(late.whole, false);
});
