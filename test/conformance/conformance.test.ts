import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { withResults } from './document.ts';
import { startEchoServer } from './echo-server.ts';
import { failureList, hasFailed, readResults, resultTable } from './results.ts';
import { whyMissing } from './suite.ts';

const index = {
  tickwire: {
    '10.1.1': { behavior: 'OK', behaviorClose: 'OK', remoteCloseCode: 1000 },
    '7.9.1': { behavior: 'INFORMATIONAL', behaviorClose: 'INFORMATIONAL' },
    '7.1.1': { behavior: 'OK', behaviorClose: 'OK' },
    '7.1.2': { behavior: 'OK', behaviorClose: 'WRONG CODE' },
    '12.1.1': { behavior: 'UNIMPLEMENTED', behaviorClose: 'FAILED' },
  },
};

test('results are counted by group, in the order of their numbers', () => {
  assert.deepEqual(resultTable(readResults(index)).split('\n').slice(2), [
    '| 7 Closing | 3 | 1 | 0 | 1 | 0 | 1 |',
    '| 10 Automatic fragmentation | 1 | 1 | 0 | 0 | 0 | 0 |',
    '| 12 Compression, one side | 1 | 0 | 0 | 0 | 1 | 0 |',
    '| all | 5 | 2 | 0 | 1 | 1 | 1 |',
  ]);
});

test('a case that ends with a wrong close has failed, one that was not negotiated has not', () => {
  const failed = readResults(index).filter(hasFailed);
  assert.deepEqual(
    failed.map(({ id }) => id),
    ['7.1.2'],
  );
  assert.equal(failureList(failed), "- OK, the connection's end WRONG CODE: 7.1.2");
});

test('an index without a server is refused', () => {
  assert.throws(() => readResults({}), /names no server/);
});

test('results go between their markers, and the rest of the page stays', () => {
  const page = 'a\n<!-- x -->\nold\n<!-- /x -->\nb\n';
  assert.equal(withResults(page, { x: 'new' }), 'a\n<!-- x -->\nnew\n<!-- /x -->\nb\n');
  assert.throws(() => withResults(page, { y: '' }), /<!-- y -->/);
});

test('without the suite the command says how to get it', () => {
  assert.match(whyMissing('no-such-wstest') ?? '', /autobahntestsuite.*WSTEST_BIN/);
});

test('the echo server sends back text as text and bytes as bytes', async () => {
  const server = await startEchoServer(hubLimits(readConfig(hubKeys, {})));
  const socket = new WebSocket(server.url);
  const echoes: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send('text');
      socket.send(Buffer.of(1, 2));
    });
    socket.on('message', (data: Buffer, binary) => {
      echoes.push([data.toString('hex'), binary]);
      if (echoes.length === 2) resolve();
    });
  });
  assert.deepEqual(echoes, [
    [Buffer.from('text').toString('hex'), false],
    ['0102', true],
  ]);
  assert.equal(socket.extensions, '', 'compression is not negotiated');
  socket.terminate();
  server.stop();
});
