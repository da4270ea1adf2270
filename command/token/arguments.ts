import { parseArgs } from 'node:util';
import type { DevelopmentClaims } from '#hub/auth/development-token.ts';
import { parseEntitlements } from '#hub/auth/entitlements.ts';

/** What `tickwire token` was asked for. */
export interface TokenRequest {
  readonly user: string;
  readonly lifetimeSeconds: number;
  readonly entitlements: DevelopmentClaims['entitlements'];
  /** Instead of TICKWIRE_JWT_SECRET. */
  readonly secret?: string;
  /** Path of a private key in PEM, instead of a secret. */
  readonly key?: string;
  readonly issuer?: string;
  readonly audience?: string;
}

export type ParsedTokenRequest =
  | { readonly ok: true; readonly request: TokenRequest }
  | { readonly ok: false; readonly problem: string };

export const tokenHelp = `Usage: tickwire token [options]
  Makes a JWT for development, signed with TICKWIRE_JWT_SECRET. Real ones come from your own issuer.

Options
  --user NAME        the claim "sub" (default developer)
  --symbols LIST     what it may see, with commas between, * stands for anything (default everything)
  --frequency MS     at most one update per symbol and so many ms (default every update)
  --delayed MINUTES  everything so late, 0 to 60 (default at once)
  --sockets N        sockets of the user at one hub (default any number)
  --expires TIME     how long it is good, e.g. 90s, 30m, 1h, 7d (default 1h, 30d at most)
  --secret TEXT      instead of TICKWIRE_JWT_SECRET; others on this machine can see it while the command runs
  --key FILE         a private key in PEM instead: RSA, EC or Ed25519
  --issuer TEXT      the claim "iss" (default TICKWIRE_JWT_ISSUER)
  --audience TEXT    the claim "aud" (default TICKWIRE_JWT_AUDIENCE)

Examples
  export TICKWIRE_JWT_SECRET=$(openssl rand -base64 33)
  TICKWIRE_AUTH=jwt tickwire hub &
  tickwire tail --token "$(tickwire token)" AAPL
  tickwire token --user ann --symbols 'AAPL,US.*' --frequency 1000 --delayed 15 --sockets 3 --expires 10m
  tickwire token --key issuer.key --issuer https://login.example.com
`;

const text = { type: 'string' } as const;
const options = {
  ...{ user: text, symbols: text, frequency: text, delayed: text, sockets: text, expires: text },
  ...{ secret: text, key: text, issuer: text, audience: text },
} as const;

export function parseTokenArguments(args: readonly string[]): ParsedTokenRequest {
  try {
    const { values } = parseArgs({ args: [...args], options });
    return check(values);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error)); // an option that does not exist
  }
}

function check(values: { readonly [Name in keyof typeof options]?: string }): ParsedTokenRequest {
  const { user = 'developer', expires = '1h', secret, key, issuer, audience } = values;
  const lifetimeSeconds = secondsOf(expires);
  if (user === '' || user.length > 256) return refuse('--user has 1 to 256 characters');
  if (lifetimeSeconds === undefined)
    return refuse(`--expires ${expires} is no time such as 90s, 30m, 1h or 7d, up to 30d`);
  if (secret !== undefined && key !== undefined) return refuse('--secret and --key exclude each other');
  const entitlements = entitlementsOf(values);
  const parsed = parseEntitlements(entitlements); // the hub's own judgement
  if (!parsed.ok) return refuse(`a hub would refuse it: ${parsed.problem}`);
  const named = { secret, key, issuer, audience };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { ok: true, request: { user, lifetimeSeconds, entitlements, ...given } };
}

function entitlementsOf(
  values: { readonly [Name in keyof typeof options]?: string },
): TokenRequest['entitlements'] {
  const { symbols, frequency, delayed, sockets } = values;
  return {
    ...(symbols !== undefined && { symbols: symbols.split(',').map((name) => name.trim()) }),
    ...(frequency !== undefined && { frequency_min: numberIn(frequency) }),
    ...(delayed !== undefined && { delayed_minutes: numberIn(delayed) }),
    ...(sockets !== undefined && { sockets: numberIn(sockets) }),
  };
}

/** NaN, which no hub takes, for what is no whole number. */
function numberIn(digits: string): number {
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const lifetimeSecondsMax = 30 * 86_400;

function secondsOf(time: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,7})([smhd])$/.exec(time) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? 0);
  return seconds > 0 && seconds <= lifetimeSecondsMax ? seconds : undefined;
}

function refuse(problem: string): ParsedTokenRequest {
  return { ok: false, problem };
}
