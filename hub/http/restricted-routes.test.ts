import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SourceStatus } from '#fanout/ports.ts';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { symbolOf } from '#hub/fixtures.ts';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { until } from '#test/harness/redis/until.ts';

const operatorToken = 'the-token-of-the-operators';

function reportOf(
  source: string,
  state: SourceStatus['state'],
  instance = `${source}-host.internal`,
): SourceStatus {
  return {
    ...{ source, instance, state, problem: 'connect ECONNREFUSED 10.1.2.3:443', symbols: 3, lastTickAt: 7 },
    ...{ published: 4711, rejected: { price: 4712 }, gaveUp: 4713, venueGaps: 4714, reconnects: 4715 },
  };
}

/** A hub with symbols of two sources, at which operators are known; AAPL and TSLA are of `test`. */
async function start(t: TestContext, wantsToken = true, operators = true) {
  const hub = await startHub(
    {},
    ['AAPL', 'TSLA'],
    undefined,
    wantsToken ? jwtAuthenticator() : undefined,
    operators ? { operatorToken } : {},
  );
  t.after(() => hub.hub.stop());
  await hub.fanout.directory.announce([{ symbol: symbolOf('US.IBM'), source: 'hidden' }]);
  for (const report of [reportOf('test', 'leading'), reportOf('test', 'standby', 'other.internal')])
    await hub.fanout.directory.report(report, 600_000);
  await hub.fanout.directory.report(reportOf('hidden', 'leading'), 600_000);
  const get = (path: string, token?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${hub.port}${path}`, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
  // Reads what was announced behind the start.
  const known = async (token?: string): Promise<boolean> =>
    (await (await get('/symbols', token)).text()).includes('US.IBM');
  const everything = wantsToken ? await tokenWith() : undefined;
  await until('it knows both sources', () => known(everything));
  return { ...hub, get };
}

/** What is in a report and no client's to know. */
const internal = /internal|ECONNREFUSED|10\.1\.2\.3|47\d\d|lastTickAt|instance|problem/;

test('a token is told of the sources that it may have symbols of, and of no process, host, problem or count', async (t) => {
  const { get } = await start(t);
  const some = await get('/sources', await tokenWith({ tickwire: { symbols: ['AAPL', 'NONE'] } }));
  const text = await some.text();
  assert.deepEqual(JSON.parse(text), { sources: [{ source: 'test', state: 'leading', symbols: 1 }] });
  assert.equal(some.headers.get('cache-control'), 'no-store');
  const none = await get('/sources', await tokenWith({ tickwire: { symbols: [] } }));
  assert.deepEqual(await none.json(), { sources: [] });
  const all = await (await get('/sources', await tokenWith())).text();
  assert.deepEqual(JSON.parse(all), {
    sources: [
      { source: 'hidden', state: 'leading', symbols: 1 },
      { source: 'test', state: 'leading', symbols: 2 },
    ],
  });
  for (const answer of [text, all]) assert.doesNotMatch(answer, internal);
});

test('an operator is told everything, of sources and of the hub', async (t) => {
  for (const wantsToken of [true, false]) {
    const { get } = await start(t, wantsToken);
    const answer = await get('/sources', operatorToken);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store', 'no cache gives it to somebody else');
    assert.match(await answer.text(), /"instance":"hidden-host\.internal".*"published":4711/);
    const health = (await (await get('/health', operatorToken)).json()) as object;
    assert.ok('sockets' in health && 'subscriptions' in health && 'symbols' in health);
  }
});

test('who shows no token, or not the operators’, is told of the hub whether it serves, and which it is', async (t) => {
  const { get } = await start(t);
  for (const token of [undefined, 'rubbish', await tokenWith()])
    assert.deepEqual(await (await get('/health', token)).json(), { status: 'ok', node: 'test-node' });
  assert.equal((await get('/sources', 'rubbish')).status, 401);
});

test('where everybody is let in operators are told more than others, and where none are known all is told', async (t) => {
  const guarded = await start(t, false);
  assert.doesNotMatch(await (await guarded.get('/sources')).text(), internal);
  assert.deepEqual(Object.keys((await (await guarded.get('/health')).json()) as object), ['status', 'node']);
  const open = await start(t, false, false);
  assert.match(await (await open.get('/sources')).text(), internal);
  assert.ok('sockets' in ((await (await open.get('/health')).json()) as object));
});

test('a client that holds nothing of a source never hears its name, neither when it falls silent nor when it is back', async (t) => {
  const hub = await startHub({ sourceStaleAfterMs: 1, staleLookMs: 20, catalogueRefreshMs: 20 }, ['AAPL']);
  t.after(() => hub.hub.stop());
  const { directory } = hub.fanout;
  await directory.announce([{ symbol: symbolOf('US.IBM'), source: 'hidden' }]);
  const [holder, other] = [await PlainClient.connect(hub.url), await PlainClient.connect(hub.url)];
  const isType = (type: string) => (message: { readonly type: string }) => message.type === type;
  await directory.report(reportOf('hidden', 'stale'), 600_000);
  const subscribed = async (): Promise<boolean> => {
    holder.send({ type: 'subscribe', symbols: ['US.IBM'] });
    const answer = await holder.awaits(isType('subscribed'));
    return answer.type === 'subscribed' && 'US.IBM' in answer.symbols;
  };
  await until('it knows the symbol', async () => {
    holder.received.length = 0;
    return subscribed();
  });
  const stale = await holder.awaits(isType('stale'));
  assert.ok(stale.type === 'stale' && stale.source === 'hidden');
  await directory.report(reportOf('hidden', 'leading'), 600_000);
  const fresh = await holder.awaits(isType('fresh'));
  assert.ok(fresh.type === 'fresh' && fresh.source === 'hidden');
  other.send({ type: 'ping', id: 'behind all that the others were told' });
  await other.awaits(isType('pong'));
  assert.doesNotMatch(JSON.stringify(other.received), /hidden/);
});
