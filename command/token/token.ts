import { readFileSync } from 'node:fs';
import { authKeys } from '#hub/auth/config.ts';
import {
  createDevelopmentToken,
  type SigningKey,
  SigningKeyError,
  signingKey,
  signingSecret,
} from '#hub/auth/development-token.ts';
import type { TokenRequest } from './command.ts';

/** Where secrets are read from, and where the token and its notes go. */
export interface TokenDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Unix ms. */
  readonly now: () => number;
}

/**
 * `tickwire token`: the token alone goes to standard output, so that it can be put into a variable; that it is for
 * development goes to standard error. Returns the exit code.
 */
export async function token(request: TokenRequest, deps: TokenDeps): Promise<number> {
  const { env, stdout, stderr, now } = deps;
  const key = signingKeyOf(request, env[authKeys.jwtSecret.env]);
  if (typeof key === 'string') {
    stderr.write(`${key}\n`);
    return 1;
  }
  const claims = { ...request, ...issuedAs(request, env) };
  stdout.write(`${await createDevelopmentToken(claims, key, now())}\n`);
  stderr.write(noticeOf(request, now()));
  return 0;
}

/** A text instead of a key is what is wrong. */
function signingKeyOf(
  { secret, key: path }: TokenRequest,
  secretOfHub: string | undefined,
): SigningKey | string {
  try {
    if (path !== undefined) return signingKey(readFileSync(path, 'utf8'));
    const chosen = secret ?? secretOfHub ?? '';
    if (chosen !== '') return signingSecret(chosen);
    return `Nothing to sign with. Make a secret, and give it to the hub as well:
  export ${authKeys.jwtSecret.env}=$(openssl rand -base64 33)`;
  } catch (error) {
    if (error instanceof SigningKeyError) return `This can not sign: ${error.message}`;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `--key names ${path}, which can not be read: ${code}`;
  }
}

/** A hub that wants an issuer or an audience has them in the same environment. */
function issuedAs(
  request: TokenRequest,
  env: TokenDeps['env'],
): { readonly issuer?: string; readonly audience?: string } {
  const issuer = request.issuer ?? env[authKeys.jwtIssuer.env];
  const audience = request.audience ?? env[authKeys.jwtAudience.env];
  return { ...(issuer && { issuer }), ...(audience && { audience }) };
}

function noticeOf({ user, lifetimeSeconds, entitlements }: TokenRequest, nowMs: number): string {
  const until = new Date(nowMs + 1000 * lifetimeSeconds).toISOString();
  const limits = Object.keys(entitlements).length > 0 ? JSON.stringify(entitlements) : 'everything';
  return `For development only: whoever has this token is "${user}" until ${until}, and may have ${limits}.\n`;
}
