import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownHosts } from '#runtime/http/known-hosts.ts';
import { allowsOrigin as allows, type Origins } from './origin.ts';

const host = 'hub.example:8080';
const knownHost = createKnownHosts(['hub.example']);

function allowsOrigin(origin: string, asked: string, origins: Origins, secure: boolean): boolean {
  return allows(origin, asked, { origins, knownHost, secure });
}

test('unless told otherwise the pages of the hub itself may open sockets, and no others', () => {
  assert.equal(allowsOrigin('http://hub.example:8080', host, [], false), true);
  assert.equal(allowsOrigin('https://hub.example:8080', host, [], false), true);
  for (const origin of [
    'null',
    'http://hub.example',
    'http://hub.example:8081',
    'http://evil.example',
    'http://hub.example:8080.evil.example',
    'http://evil.example/http://hub.example:8080',
    'ftp://hub.example:8080',
    'file://',
  ])
    assert.equal(allowsOrigin(origin, host, [], false), false, origin);
});

test('a hub that speaks TLS does not take its own name in the clear for itself', () => {
  assert.equal(allowsOrigin('http://hub.example:8080', host, [], true), false);
  assert.equal(allowsOrigin('https://hub.example:8080', host, [], true), true);
});

test('a request without a host has no pages of its own', () => {
  assert.equal(allowsOrigin('http://', '', [], false), false);
});

test('who sends no origin is no browser, and may', () => {
  assert.equal(allowsOrigin('', host, [], false), true);
  assert.equal(allowsOrigin('', host, ['https://desk.example'], true), true);
});

test('a name that a stranger gave this address does not make its page one of the hub', () => {
  assert.equal(allowsOrigin('http://rebound.example:8080', 'rebound.example:8080', [], false), false);
  assert.equal(allowsOrigin('http://localhost:8080', 'localhost:8080', [], false), true);
});

test('a list allows what is in it beside the pages of the hub, a star everything', () => {
  const origins = ['https://desk.example'];
  assert.equal(allowsOrigin('https://desk.example', host, origins, false), true);
  for (const origin of ['http://desk.example', 'https://desk.example:8443', 'https://a.desk.example', 'null'])
    assert.equal(allowsOrigin(origin, host, origins, false), false, origin);
  assert.equal(allowsOrigin('http://hub.example:8080', host, origins, false), true);
  assert.equal(allowsOrigin('null', host, ['*'], false), true);
});
