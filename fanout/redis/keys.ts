import { feedService } from '#fanout/node-ports.ts';
import { partitionOf } from '#fanout/partition.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** The stream that holds the symbol's history; the channel of its live updates has the same name. */
export function streamKey(symbol: StockSymbol): string {
  return `tw:{${partitionOf(symbol)}}:${symbol}`;
}

// A symbol never begins with a colon, so the keys below can not be the stream of one.

/** Hash: the partition's `epoch`, the `server` that issued it, and `b:SYMBOL` for each symbol begun in it. */
export function stateKey(partition: number): string {
  return `tw:{${partition}}::state`;
}

/**
 * Hash: the latest fencing `token` of a source, the latest `batch` number under it, and `n:SYMBOL` for the venue's
 * own number of a symbol's last tick.
 */
export function guardKey(partition: number, source: string): string {
  return `tw:{${partition}}::guard:${source}`;
}

/** Field of the guard: the venue's own number of the symbol's last tick. */
export function venueNumberField(symbol: StockSymbol): string {
  return `n:${symbol}`;
}

/** Channel on which one process hears itself; `instance` names the process. */
export function probeChannel(partition: number, instance: string): string {
  return `tw:{${partition}}::probe:${instance}`;
}

/** How the names of group messages' channels end, and no symbol's. */
export const groupMessagesSuffix = '::bundles';

/** Channel of group messages: what is published of a group of symbols, batch by batch, for hubs that want most of them. */
export function groupMessagesChannel(group: number): string {
  return `tw:{${group}}${groupMessagesSuffix}`;
}

/** The group whose group messages come on the channel `name`; NaN when it is no such channel. */
export function groupOfGroupMessages(name: string): number {
  return Number(/^tw:\{(\d{1,3})\}::bundles$/.exec(name)?.[1]);
}

/** Channel without messages: while somebody hears it, the group's symbols are published on their own channels. */
export function bySymbolChannel(group: number): string {
  return `tw:{${group}}::by-symbol`;
}

/** Hash: who leads a source. */
export function leaseKey(source: string): string {
  return `tw:lease:${source}`;
}

/** Hash: symbol → the source that announced it. */
export const catalogueKey = 'tw:{directory}:catalogue';

/** Hash: source → when it announced last; Unix ms of Redis' clock. */
export const catalogueSourcesKey = 'tw:{directory}:catalogue-sources';

/** String: changes whenever the catalogue has. */
export const catalogueVersionKey = 'tw:{directory}:catalogue-version';

/** Hash: source and instance → when it expires (Unix ms of Redis' clock), a blank, its status as JSON. */
export const sourcesKey = 'tw:{directory}:sources';

// What follows is the hubs' alone to write, except the adapters' own places; docs/redis-users.acl tells them apart by how
// the keys begin. A slot is a key of its own with an expiry, so nothing of a process that died is ever left. The slots
// of a service have one hash tag: they are read by one command.

/** String: an instance of `service` that lives, as `node-record.ts` writes it; slots are numbered from 0. */
export function nodeSlotKey(service: string, slot: number): string {
  return service === feedService ? `tw:feed:{nodes}:${slot}` : `tw:hub:{nodes}:${service}:${slot}`;
}

/** String: when it ends (Unix ms of Redis' clock), a blank, the id of a service that is neither hub nor adapter. */
export function serviceSlotKey(slot: number): string {
  return `tw:hub:{services}:${slot}`;
}

/** String: what whoever has the secret gets for it. */
export function ticketKey(digest: string): string {
  return `tw:hub:ticket:${digest}`;
}
