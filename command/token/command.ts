import { type Command, InvalidArgumentError, Option } from 'commander';
import { describedCommand, type Subcommand } from '#command/program.ts';
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

const words = {
  description:
    'Makes a JWT for development, signed with TICKWIRE_JWT_SECRET. Real ones come from your own issuer.',
  examples: [
    'export TICKWIRE_JWT_SECRET=$(openssl rand -base64 33)',
    'TICKWIRE_AUTH=jwt tickwire hub &',
    'tickwire tail --token "$(tickwire token)" AAPL',
    "tickwire token --user ann --symbols 'AAPL,US.*' --frequency 1000 --delayed 15 --sockets 3 --expires 10m",
    'tickwire token --key issuer.key --issuer https://login.example.com',
  ],
};

/** As commander has read them. */
interface TokenOptions {
  readonly user: string;
  readonly symbols?: readonly string[];
  readonly frequency?: number;
  readonly delayed?: number;
  readonly sockets?: number;
  /** Seconds. */
  readonly expires: number;
  readonly secret?: string;
  readonly key?: string;
  readonly issuer?: string;
  readonly audience?: string;
}

/** Declares `tickwire token`; `run` resolves with its exit code. */
export function tokenCommand(run: (request: TokenRequest) => Promise<number>): Subcommand {
  return (program, choose) => {
    const command = withOptions(
      describedCommand(program, 'token', 'a JWT for trying out a hub that asks for one', words),
    );
    command.action((options: TokenOptions) => {
      const { user, expires, secret, key, issuer, audience } = options;
      const entitlements = entitlementsOf(options);
      const parsed = parseEntitlements(entitlements); // the hub's own judgement
      if (!parsed.ok) return command.error(`error: a hub would refuse it: ${parsed.problem}`);
      const named = {
        ...(secret !== undefined && { secret }),
        ...(key !== undefined && { key }),
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      };
      choose(() => run({ user, lifetimeSeconds: expires, entitlements, ...named }));
    });
  };
}

function withOptions(command: Command): Command {
  return command
    .addOption(new Option('--user <name>', 'the claim "sub"').argParser(userName).default('developer'))
    .addOption(
      new Option(
        '--symbols <list>',
        'what it may see, with commas between, * stands for anything (default: everything)',
      ).argParser(listOf),
    )
    .addOption(
      new Option(
        '--frequency <ms>',
        'at most one update per symbol and so many ms (default: every update)',
      ).argParser(numberIn),
    )
    .addOption(
      new Option('--delayed <minutes>', 'everything so late, 0 to 60 (default: at once)').argParser(numberIn),
    )
    .addOption(
      new Option('--sockets <n>', 'sockets of the user at one hub (default: any number)').argParser(numberIn),
    )
    .addOption(
      new Option('--expires <time>', 'how long it is good, e.g. 90s, 30m, 1h, 7d; 30d at most')
        .argParser(secondsOf)
        .default(3600, '1h'),
    )
    .addOption(
      new Option(
        '--secret <text>',
        'instead of TICKWIRE_JWT_SECRET; others on this machine can see it while the command runs',
      ).conflicts('key'),
    )
    .option('--key <file>', 'a private key in PEM instead: RSA, EC or Ed25519')
    .option('--issuer <text>', 'the claim "iss" (default: TICKWIRE_JWT_ISSUER)')
    .option('--audience <text>', 'the claim "aud" (default: TICKWIRE_JWT_AUDIENCE)');
}

function entitlementsOf(options: TokenOptions): TokenRequest['entitlements'] {
  const { symbols, frequency, delayed, sockets } = options;
  return {
    ...(symbols !== undefined && { symbols }),
    ...(frequency !== undefined && { frequency_min: frequency }),
    ...(delayed !== undefined && { delayed_minutes: delayed }),
    ...(sockets !== undefined && { sockets }),
  };
}

function userName(text: string): string {
  if (text.length > 0 && text.length <= 256) return text;
  throw new InvalidArgumentError('It must have 1 to 256 characters.');
}

function listOf(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** NaN, which no hub takes, for what is no whole number. */
function numberIn(digits: string): number {
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const lifetimeSecondsMax = 30 * 86_400;

function secondsOf(time: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,7})([smhd])$/.exec(time) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? 0);
  if (seconds > 0 && seconds <= lifetimeSecondsMax) return seconds;
  throw new InvalidArgumentError('It must be a time such as 90s, 30m, 1h or 7d, up to 30d.');
}
