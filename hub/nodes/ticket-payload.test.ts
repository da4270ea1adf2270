import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokenSecondsMax, userLengthMax } from '#hub/auth/claims.ts';
import { unrestricted } from '#hub/auth/entitlements.ts';
import { readTicketPayload, writeTicketPayload } from './ticket-payload.ts';

const ann = { user: 'ann', expiresAt: 1_731_000_000_000, claim: undefined, entitlements: unrestricted };

test('what is written of who a ticket is for is read, for a token without an end, too', () => {
  for (const identity of [ann, { ...ann, user: undefined, expiresAt: Number.POSITIVE_INFINITY }])
    assert.deepEqual(readTicketPayload(writeTicketPayload(identity)), identity);
});

test('a ticket with an end that is none, or a user that is none, is no ticket', () => {
  const latest = tokenSecondsMax * 1000;
  assert.equal(readTicketPayload(JSON.stringify({ user: 'ann', expiresAt: latest }))?.expiresAt, latest);
  for (const expiresAt of [
    '1e300',
    '1e400',
    String(latest + 1),
    '9007199254740991',
    '-1',
    'null',
    '"1"',
    '{}',
  ])
    assert.equal(readTicketPayload(`{"user":"ann","expiresAt":${expiresAt}}`), undefined, expiresAt);
  for (const user of ['null', '7', '[]', JSON.stringify('x'.repeat(userLengthMax + 1))])
    assert.equal(readTicketPayload(`{"user":${user}}`), undefined, user);
});

test('whatever a ticket holds, it is read as one whose end can be told, or refused', () => {
  const payload = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ user: fc.anything(), expiresAt: fc.oneof(fc.double(), fc.anything()) }).map(jsonOf),
    fc.record({ user: fc.string(), expiresAt: fc.double(), claim: fc.anything() }).map(jsonOf),
  );
  fc.assert(
    fc.property(payload, (text) => {
      const expiresAt = readTicketPayload(text)?.expiresAt ?? Number.POSITIVE_INFINITY;
      assert.ok(expiresAt === Number.POSITIVE_INFINITY || new Date(expiresAt).toISOString().length === 24);
    }),
    { numRuns: 3000 },
  );
});

/** Numbers of all sizes, which `JSON.stringify` would leave out when they are infinite. */
function jsonOf(value: object): string {
  const plain = JSON.stringify(value, (_, any) => (typeof any === 'bigint' ? String(any) : any)) ?? '';
  return plain.replaceAll('1e+308', '1e400');
}
