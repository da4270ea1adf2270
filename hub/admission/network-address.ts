import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * By what connections are counted: an IPv4 address, or the /64 of an IPv6 address (whoever has one IPv6 address
 * has 2^64 of them); an IPv4 address mapped into IPv6 is the IPv4 address. Text that is no address stays as it is.
 */
export function limitKeyOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = expand(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of an IPv6 address. */
function expand(address: string): number[] {
  // A URL writes every IPv6 address in one form, whatever form it was given.
  const [front = '', back] = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname
    .slice(1, -1)
    .split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [read(front), read(back ?? '')];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

/** Addresses and networks, e.g. `10.0.0.0/8`. */
export interface Networks {
  readonly empty: boolean;
  has(address: string): boolean;
}

/** Undefined when an entry is no address and no network. */
export function parseNetworks(entries: readonly string[]): Networks | undefined {
  const list = new BlockList();
  for (const entry of entries) if (!add(list, entry)) return undefined;
  return {
    empty: entries.length === 0,
    has: (address) => isIP(address) !== 0 && list.check(address, familyOf(address)),
  };
}

function add(list: BlockList, entry: string): boolean {
  const [address = '', prefix] = entry.split('/', 2);
  if (isIP(address) === 0) return false;
  const bits = prefix === undefined ? undefined : Number(prefix);
  if (bits === undefined) list.addAddress(address, familyOf(address));
  else if (!/^\d{1,3}$/.test(prefix ?? '') || bits > (isIPv4(address) ? 32 : 128)) return false;
  else list.addSubnet(address, bits, familyOf(address));
  return true;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
