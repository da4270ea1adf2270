import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAuthenticator } from '#hub/auth/authenticator.ts';
import { createTickets } from './tickets.ts';

for (const [words, aheadMs] of [
  ['ahead', 3_600_000],
  ['back', -3_600_000],
] as const)
  test(`a wall clock that is set an hour ${words} has the nodes read neither sooner nor later`, async () => {
    let elapsed = 0;
    let wall = 1_700_000_000_000;
    let reads = 0;
    const unasked = (): never => assert.fail('there is no node to go to');
    const { anonymous } = createOpenAuthenticator();
    assert.ok(anonymous !== undefined);
    const nodes = {
      list: async () => {
        reads++;
        return undefined;
      },
    };
    const tickets = createTickets(
      {
        ...{ nodes, store: { issue: unasked, redeem: unasked }, mayNameSocket: unasked, anonymous },
        ...{
          now: () => wall + elapsed,
          elapsedMs: () => elapsed,
          random: () => 0,
          strangers: () => undefined,
        },
      },
      { ticketMs: 30_000, nodesRefreshMs: 1000 },
    );
    await tickets.open(anonymous);
    wall += aheadMs;
    elapsed = 999;
    await tickets.open(anonymous);
    assert.equal(reads, 1);
    wall -= aheadMs; // as the wall clock has it, no time went by
    elapsed = 1000;
    await tickets.open(anonymous);
    assert.equal(reads, 2);
  });
