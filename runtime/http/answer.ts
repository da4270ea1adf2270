import { STATUS_CODES } from 'node:http';
import type { HttpHeader } from './request.ts';

/** What a request is answered with. */
export interface HttpAnswer {
  /** e.g. 200 */
  readonly status: number;
  readonly headers: readonly HttpHeader[];
  /** Undefined: none. May be shared by many answers; it is not changed. Of the answer to `HEAD` only its length is sent. */
  readonly body?: Buffer;
  /** The connection ends with it. So it does wherever a body is announced and was not read to its end. */
  readonly close?: true;
}

const jsonType: HttpHeader = ['Content-Type', 'application/json'];

/** JSON that is made at once, and short. */
export function jsonAnswer(status: number, value: unknown, headers: readonly HttpHeader[] = []): HttpAnswer {
  return jsonBytes(status, Buffer.from(JSON.stringify(value)), headers);
}

/** JSON that is there already. */
export function jsonBytes(status: number, body: Buffer, headers: readonly HttpHeader[] = []): HttpAnswer {
  return { status, headers: [...headers, jsonType], body };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: readonly HttpHeader[] = []): HttpAnswer {
  return { status, headers };
}

/** Refuses a request for good: there may be a body to come that nobody reads. */
export function refusal(status: number, error: string, headers: readonly HttpHeader[] = []): HttpAnswer {
  return { ...jsonAnswer(status, { error }, headers), close: true };
}

/** The status as HTTP/1.1 writes it, e.g. `404 Not Found`; ASCII. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

/**
 * The value of a header as it may be sent: printable ASCII. Everything else is escaped as in an address, so that
 * nothing that came from a client begins another line, and every server sends the same bytes.
 */
export function plainHeaderValue(value: string): string {
  if (plain.test(value)) return value;
  return [...Buffer.from(value)].map(escaped).join('');
}

const plain = /^[\t\x20-\x7e]*$/;

function escaped(byte: number): string {
  if (byte >= 0x20 && byte <= 0x7e) return String.fromCharCode(byte);
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
