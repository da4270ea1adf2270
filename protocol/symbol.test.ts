import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSymbol, symbolLengthMax } from './symbol.ts';

test('the names that exchanges use are symbols', () => {
  const names = [
    'AAPL',
    'BRK.B',
    'BTC-USD',
    'EUR/USD',
    'ES=F',
    '0700.HK',
    'A',
    'a',
    'X:BTCUSD',
    'BF_B',
    'RDS+A',
  ];
  for (const name of names) assert.equal(parseSymbol(name), name);
});

test('a symbol is at most 32 characters long', () => {
  assert.equal(symbolLengthMax, 32);
  assert.ok(parseSymbol('A'.repeat(32)));
  assert.equal(parseSymbol('A'.repeat(33)), undefined);
});

test('no symbol holds what Redis, a URL or a terminal gives a meaning', () => {
  const characters = [...' \t\n\r\0*?[]{}\\"\'<>&%#,;|()!@$`~\u007fé', '\u001b', '\u200b', '😀'];
  for (const character of characters) {
    assert.equal(parseSymbol(`A${character}`), undefined, JSON.stringify(character));
    assert.equal(parseSymbol(`${character}A`), undefined, JSON.stringify(character));
  }
});

test('a symbol begins with a letter or digit', () => {
  for (const name of ['', '.A', '-A', '^GSPC', '/ES', '__proto__', ':A'])
    assert.equal(parseSymbol(name), undefined);
});

test('only text is a symbol, and it is taken as it is', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const symbol = parseSymbol(value);
      assert.ok(symbol === undefined || symbol === value);
    }),
  );
});
