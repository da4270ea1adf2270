import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { explain } from './explain.ts';

/** An address of RFC 5737, which no machine has. */
const addressOfNobody = '192.0.2.1';

test('a local address without a free port is told with what to change', async () => {
  const socket = connect({ host: '127.0.0.1', port: 9, localAddress: addressOfNobody });
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(explain(error), /^no local port is left: widen net\.ipv4\.ip_local_port_range/);
});

test('a port where nobody listens is told with what to change', async () => {
  const socket = connect({ host: '127.0.0.1', port: 1 });
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(explain(error), /^nobody listens there: start the hub/);
});

test('each want of the system names its remedy, and what is not known is told as it is', () => {
  const of = (code: string): string => explain(Object.assign(new Error('words'), { code }));
  assert.match(of('EMFILE'), /raise `ulimit -n`/);
  assert.match(of('ENFILE'), /raise `ulimit -n`/);
  assert.match(of('EADDRINUSE'), /ip_local_port_range/);
  assert.match(of('ENOBUFS'), /tcp_mem/);
  assert.equal(of('EPIPE'), 'words');
});
