import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#test/harness/redis/until.ts';
import { Probe } from './probe.ts';

const limits = { probeIntervalMs: 1, probeTimeoutMs: 20 };

/** A probe over a connection that does with each message what `deliver` says. */
function start(deliver: (text: string, probe: Probe) => void | Promise<void>, listening = () => true) {
  const seen = { sent: 0, lost: 0 };
  const probe = new Probe(
    {
      listening,
      async send(text) {
        seen.sent++;
        await deliver(text, probe);
      },
      lost: () => seen.lost++,
    },
    limits,
  );
  const ended = probe.run();
  return { probe, seen, ended };
}

test('a connection that hears every probe is left alone', async () => {
  const { probe, seen, ended } = start((text, heard) => heard.heard(text));
  await until('many were sent', () => seen.sent > 10);
  probe.close();
  await ended;
  assert.equal(seen.lost, 0);
});

test('a probe that Redis took and nobody heard is lost', async () => {
  const { probe, seen, ended } = start(() => undefined);
  await until('it is lost', () => seen.lost > 0);
  probe.close();
  await ended;
});

test('the echo of an earlier probe does not count for the present one', async () => {
  const { probe, seen, ended } = start((text, heard) => heard.heard(String(Number(text) - 1)));
  await until('it is lost', () => seen.lost > 0);
  probe.close();
  await ended;
});

test('an echo that came while the loop was held up counts', async () => {
  const { probe, seen, ended } = start(async (text, heard) => {
    setTimeout(() => setImmediate(() => heard.heard(text)), limits.probeTimeoutMs);
    const heldUpUntil = performance.now() + 2 * limits.probeTimeoutMs;
    setImmediate(() => {
      while (performance.now() < heldUpUntil);
    });
  });
  await until('some were sent', () => seen.sent > 3);
  probe.close();
  await ended;
  assert.equal(seen.lost, 0);
});

test('a probe that could not be sent proves nothing', async () => {
  const { probe, seen, ended } = start(() => Promise.reject(new Error('away')));
  await until('many were tried', () => seen.sent > 10);
  probe.close();
  await ended;
  assert.equal(seen.lost, 0);
});

test('nothing is sent while nobody listens, and nothing is lost by closing', async () => {
  const idle = start(
    () => undefined,
    () => false,
  );
  const closing = start(() => undefined);
  await until('the other has sent', () => closing.seen.sent > 0);
  for (const { probe, ended } of [idle, closing]) {
    probe.close();
    await ended;
  }
  assert.deepEqual(idle.seen, { sent: 0, lost: 0 });
  assert.equal(closing.seen.lost, 0);
});
