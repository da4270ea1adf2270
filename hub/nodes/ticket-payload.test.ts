import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unrestricted } from '../auth/entitlements.ts';
import { readTicketPayload, writeTicketPayload } from './ticket-payload.ts';

test('the end of a ticket is a time that a date can hold, or there is none', () => {
  const written = (expiresAt: number) =>
    writeTicketPayload({ user: 'ann', expiresAt, claim: undefined, entitlements: unrestricted });
  assert.equal(readTicketPayload(written(17))?.expiresAt, 17);
  assert.equal(readTicketPayload(written(Number.POSITIVE_INFINITY))?.expiresAt, Number.POSITIVE_INFINITY);
  for (const end of ['1e300', '1e400', '-1', '8640000000000001', 'null', '"17"', '[]'])
    assert.equal(readTicketPayload(`{"user":"ann","expiresAt":${end}}`), undefined, end);
});
