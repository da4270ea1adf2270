import { below, oneOf, type Random, several } from './choice.ts';

/** An HTTP request with something wrong in its line, its headers or its body; at times nothing. */
export function hostileRequest(random: Random): Uint8Array {
  const line = `${oneOf(random, methods)} ${oneOf(random, paths)} ${oneOf(random, versions)}`;
  const sent = several(below(random, 6), () => oneOf(random, headers));
  const host = random() < 0.9 ? ['Host: hub'] : [];
  const text = [line, ...host, ...sent, '', oneOf(random, bodies)].join(random() < 0.95 ? '\r\n' : '\n');
  const bytes = Buffer.from(text, random() < 0.5 ? 'utf8' : 'latin1');
  if (random() < 0.2) bytes[below(random, bytes.length)] = below(random, 256);
  return random() < 0.15 ? bytes.subarray(0, below(random, bytes.length)) : bytes;
}

const methods = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  'G\u0000T',
  '',
  'X'.repeat(300),
];
const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', '', 'XTTP/1.1'];
const paths = [
  ...['/', '/health', '/symbols', '/sources', '/ws', '/metrics', '/readyz', '/livez', '/app.js', '/nothing'],
  ...[
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//ws',
    '/ws/',
    '/session',
    '/services/hub',
    '/services/hub/one',
    '/%',
    '/%00',
    '/%c0%af',
    '/\u0000',
    '*',
    '',
  ],
  ...[
    'http://other/health',
    '/health?a=b&a=c',
    `/${'a'.repeat(3000)}`,
    `/${'a'.repeat(9000)}`,
    '/__proto__',
    '/constructor',
  ],
];
const headers = [
  ...[
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 5, 5',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: gzip',
    'Expect: 100-continue',
  ],
  ...[
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Connection: close',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Version: 8',
  ],
  ...[
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Key: short',
    'Sec-WebSocket-Key:',
    'Host: other',
  ],
  ...[
    'Sec-WebSocket-Protocol: tickwire.json.v1',
    'Sec-WebSocket-Protocol: constructor',
    'Sec-WebSocket-Protocol: ,,,',
  ],
  ...[
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    'Sec-WebSocket-Extensions: x;;=,',
  ],
  ...[
    'Authorization: Bearer x',
    'Authorization: Basic Og==',
    'Origin: null',
    'If-None-Match: *',
    `If-None-Match: ${'"'.repeat(2000)}`,
  ],
  ...[
    'X-Forwarded-For: 1.2.3.4, \u0000',
    ': empty',
    'no colon',
    ' folded: header',
    'X: \u00ff\u0001',
    `X: ${'x'.repeat(5000)}`,
  ],
  ...several(30, () => 'Many: headers'),
];
const bodies = [
  '',
  '',
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '-1\r\n\r\n',
  '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
];
