import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayConnections } from './gateway-connections.ts';

function limits(soft: string, hard: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                ${hard}                files\n`;
}

test('a cluster on a laptop has a gateway that its files allow, and none above the usual', () => {
  assert.equal(gatewayConnections(limits('1024', '1048576')), 20_000, 'HAProxy raises its own limit');
  assert.equal(gatewayConnections(limits('1024', 'unlimited')), 20_000);
  assert.equal(gatewayConnections(limits('20000', '20000')), 9750);
  assert.equal(gatewayConnections(''), 3846);
  assert.equal(gatewayConnections(limits('256', '256')), 1);
});
