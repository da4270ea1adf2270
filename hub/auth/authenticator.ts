import { type Entitlements, unrestricted } from './entitlements.ts';

/** Whom a token names, and what it lets them do. */
export interface Identity {
  /** The token's `sub`; undefined where the hub asks for no token. */
  readonly user: string | undefined;
  /** When the token expires; Unix ms, infinite where there is none. */
  readonly expiresAt: number;
  readonly entitlements: Entitlements;
  /** The token's claim that the entitlements were read from, for handing them on to another hub. */
  readonly claim: unknown;
}

/** Why a token is not accepted. */
export type TokenRefusal = 'invalid_token' | 'token_expired' | 'unavailable';

/** What was found of a token: whose it is, or why it is refused. */
export type Verdict =
  | { readonly ok: true; readonly identity: Identity }
  /** `problem` is for the client: what is wrong and what to do, without anything of the token. */
  | { readonly ok: false; readonly code: TokenRefusal; readonly problem: string };

/** Decides who a client is. There is one for hubs that let everyone in, and one for tokens. */
export interface Authenticator {
  /** Who a client is that shows no token; undefined: nobody, it has to show one. */
  readonly anonymous: Identity | undefined;
  /** Checks a token in its compact form. Never rejects. */
  verify(token: string): Promise<Verdict>;
}

/** Everyone who comes may do everything. A token is no mistake: a client may have one for other hubs. */
export function createOpenAuthenticator(): Authenticator {
  const anonymous = {
    ...{ user: undefined, expiresAt: Number.POSITIVE_INFINITY },
    ...{ entitlements: unrestricted, claim: undefined },
  };
  return { anonymous, verify: async () => ({ ok: true, identity: anonymous }) };
}
