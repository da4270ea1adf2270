import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noon } from '#feed-adapter/fixtures.ts';
import { until } from '#test/harness/redis/until.ts';
import { push, serve } from './http-fixture.ts';
import { pushLimits } from './push-endpoint.ts';

const one = '[{"symbol":"AAPL","price":150,"trade_id":1}]';
const two = '[{"symbol":"AAPL","price":150},{"symbol":"TSLA","price":700}]';

/** Pushes `body` to a server whose ticks are held, and resolves when it has taken `ticks` of them. */
async function pushHeld(t: Parameters<typeof serve>[0], body: string, ticks: number) {
  const served = await serve(t, { held: true });
  const answer = push(served.url, body);
  await until('the ticks are taken', () => served.accepted.length === ticks);
  return { ...served, answer };
}

test('a tick is accepted when it is published, and not before, with its position', async (t) => {
  const { answer, receipts } = await pushHeld(t, one, 1);
  let answered = false;
  void answer.then(() => {
    answered = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(answered, false);
  receipts[0]?.published({ epoch: noon, seq: 41 });
  const { status, answer: body } = await answer;
  const results = [{ index: 0, status: 'accepted', position: `${noon}-41` }];
  assert.deepEqual([status, body], [200, { accepted: 1, rejected: 0, waiting: 0, results }]);
});

test('what is not published in time is answered with 202 and how many wait', async (t) => {
  const { answer, receipts, clock } = await pushHeld(t, two, 2);
  receipts[1]?.published({ epoch: noon, seq: 0 });
  await clock.advance(pushLimits.answerWithinMs);
  const { status, answer: body } = await answer;
  const results = [
    { index: 0, status: 'waiting' },
    { index: 1, status: 'accepted', position: `${noon}-0` },
  ];
  assert.deepEqual([status, body], [202, { accepted: 1, rejected: 0, waiting: 1, results }]);
  assert.equal(clock.pending, 0);
});

test('a tick whose position was lost with the answer of Redis is accepted without it', async (t) => {
  const { answer, receipts } = await pushHeld(t, one, 1);
  receipts[0]?.published(undefined);
  const { answer: body } = await answer;
  const results = [{ index: 0, status: 'accepted' }];
  assert.deepEqual(body, { accepted: 1, rejected: 0, waiting: 0, results });
});

test('a dropped tick is rejected as not published', async (t) => {
  const { answer, receipts } = await pushHeld(t, one, 1);
  receipts[0]?.abandoned();
  const { status, answer: body } = await answer;
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /"rejected":1,"waiting":0.*"code":"not_published"/);
});

test('a trade that is sent again while it waits is the same one: both are answered when it is published', async (t) => {
  const { url, accepted, answer, receipts, clock } = await pushHeld(t, one, 1);
  await clock.advance(pushLimits.answerWithinMs);
  assert.equal((await answer).status, 202);
  const again = push(url, one);
  await until('it waits again', () => clock.pending === 1);
  receipts[0]?.published({ epoch: noon, seq: 7 });
  const { status, answer: body } = await again;
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /"status":"accepted","position":"\d+-7"/);
  assert.equal(accepted.length, 1);
  const { answer: later } = await push(url, one);
  assert.match(JSON.stringify(later), /duplicate_trade/);
});

test('a pusher that goes away while its ticks wait leaves nothing behind', async (t) => {
  const { url, accepted, clock, receipts } = await serve(t, { held: true });
  const leaving = new AbortController();
  const answer = fetch(`${url}/ticks`, {
    method: 'POST',
    headers: { Authorization: 'Bearer a-token-of-the-test', 'Content-Type': 'application/json' },
    body: one,
    signal: leaving.signal,
  });
  await until('the tick is taken', () => accepted.length === 1);
  leaving.abort();
  await assert.rejects(answer);
  receipts[0]?.published({ epoch: noon, seq: 0 });
  await until('nothing waits', () => clock.pending === 0);
  assert.equal((await fetch(`${url}/health`)).status, 200);
});
