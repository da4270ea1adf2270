import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSigner, signatureLength, withoutSignature } from './signer.ts';

const [first, second] = ['the-first-key', 'the-second-key'];

test('what was sealed is opened by the same key for the same purpose, and by nothing else', () => {
  const signer = createSigner([first]);
  const sealed = signer.seal('node', 'text with é and \n');
  assert.equal(signer.open('node', sealed), 'text with é and \n');
  assert.equal(withoutSignature(sealed), 'text with é and \n');
  assert.equal(sealed.length, signatureLength + 'text with é and \n'.length);
  assert.equal(signer.open('ticket', sealed), undefined);
  assert.equal(createSigner([second]).open('node', sealed), undefined);
  for (const changed of ['', sealed.slice(1), `${sealed} `, sealed.slice(0, -1), `é${sealed.slice(1)}`])
    assert.equal(signer.open('node', changed), undefined);
});

test('while a key is changed each hub takes what the others signed, with the old key or the new', () => {
  const before = createSigner([first]);
  const prepared = createSigner([first, second]);
  const changed = createSigner([second, first]);
  for (const [writer, reader] of [
    [before, prepared],
    [prepared, before],
    [prepared, changed],
    [changed, prepared],
  ] as const)
    assert.equal(reader.open('node', writer.seal('node', 'x')), 'x');
  assert.equal(createSigner([second]).open('node', before.seal('node', 'x')), undefined);
});

test('without a key a process takes what it signed itself', () => {
  const signer = createSigner([]);
  assert.equal(signer.open('ticket', signer.seal('ticket', 'x')), 'x');
  assert.equal(createSigner([]).open('ticket', signer.seal('ticket', 'x')), undefined);
});
