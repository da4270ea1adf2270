import { isIP } from 'node:net';
import { listKey } from '#runtime/config/config.ts';

/** Environment of every process that serves HTTP. */
export const hostKeys = {
  hosts: listKey('TICKWIRE_HOSTS', {
    fallback: [],
    entry: /^(\*|[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?)$/,
    range: 'host names with commas between, e.g. ticks.example.com, or *',
    about:
      'Names under which browsers may have this process, beside localhost, addresses, names without a dot and those ' +
      'of TICKWIRE_ORIGINS and TICKWIRE_PUBLIC_URL; * = any',
  }),
} as const;

/** Whether a request with this `Host` header may be answered; empty stands for none. */
export type KnownHosts = (host: string) => boolean;

/** Servers that look at no host: for tests of other things. */
export const anyHost: KnownHosts = () => true;

/**
 * Names that nobody can register in the public DNS: `localhost`, `local`, `internal`, `home.arpa` and `test` are kept
 * for other uses (RFC 6761, 6762, 8375 and ICANN's resolution of 2024); `svc` is what Kubernetes puts behind the name
 * of a Service.
 */
const privateSuffixes = ['localhost', 'local', 'internal', 'home.arpa', 'svc', 'test'];

/**
 * The hosts by which a server may be asked for. A page of a stranger can have its own DNS name answered with an address
 * of this network and then reads what is served here as its own ("DNS rebinding"): so a name that could be anybody's is
 * only known when it is configured. Addresses, names without a dot and private names are always known: no stranger's
 * page has one of them.
 * @param configured names, e.g. `ticks.example.com`, and addresses, e.g. `https://desk.example.com:8443`; `*` = any
 */
export function createKnownHosts(configured: readonly string[]): KnownHosts {
  if (configured.includes('*')) return anyHost;
  const names = new Set(configured.map(nameIn));
  return (host) => {
    const name = nameIn(host);
    return isPrivate(name) || names.has(name);
  };
}

/** The name in a `Host` header or an address: lower case, without scheme, port, path and the root's dot. */
function nameIn(host: string): string {
  const authority = host.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/.*$/s, '');
  return authority.replace(/:\d*$/, '').toLowerCase().replace(/\.$/, '');
}

function isPrivate(name: string): boolean {
  if (isIP(name) === 4 || isIP(/^\[(.*)\]$/.exec(name)?.[1] ?? '') === 6) return true;
  return !name.includes('.') || privateSuffixes.some((suffix) => name.endsWith(`.${suffix}`));
}
