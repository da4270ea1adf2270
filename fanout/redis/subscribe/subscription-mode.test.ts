import assert from 'node:assert/strict';
import { test } from 'node:test';
import { betterSubscriptionMode } from './subscription-mode.ts';

const limits = { groupMessagesSymbolsMin: 256 };

test('who wants an eighth of all symbols hears group messages, who wants less hears by symbol', () => {
  assert.equal(betterSubscriptionMode('by_symbol', 6250, 50_000, limits), 'group_messages');
  assert.equal(betterSubscriptionMode('by_symbol', 6249, 50_000, limits), 'by_symbol');
});

test('a hub that hears group messages leaves them only when it wants half as much as who joins', () => {
  assert.equal(betterSubscriptionMode('group_messages', 3125, 50_000, limits), 'group_messages');
  assert.equal(betterSubscriptionMode('group_messages', 3124, 50_000, limits), 'by_symbol');
});

test('few symbols are heard by symbol, whatever part of all they are', () => {
  assert.equal(betterSubscriptionMode('by_symbol', 255, 255, limits), 'by_symbol');
  assert.equal(betterSubscriptionMode('group_messages', 127, 127, limits), 'by_symbol');
});
