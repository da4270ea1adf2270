import type { ClientState } from '#client/mod.ts';

/** The token in the page's address, `#token=…`: what is behind the hash never leaves the browser. */
export interface PageToken {
  /** The one in the address now; undefined: there is none. */
  current(): string | undefined;
  /**
   * For the client: the token for a connection, or the one that follows it.
   * @throws Error with what to do when the address has none, or no other than the one that is to be replaced
   */
  next(): Promise<string>;
  /** The hub does not take the one shown last any more. */
  spent(): void;
}

export interface PageTokenDeps {
  readonly location: Pick<Location, 'hash'>;
  /** Of the client: while it is live, a token is asked for because the one shown is about to expire. */
  readonly state: () => ClientState;
  /** A token is about to be shown. */
  readonly found: () => void;
}

export const howToRenew = howToGive('a new one');
export const howToBegin = howToGive('yours');

function howToGive(what: string): string {
  return `Put ${what} behind #token= in the address of this page, and it goes on by itself.`;
}

export function createPageToken({ location, state, found }: PageTokenDeps): PageToken {
  let shown: string | undefined;
  let refused: string | undefined;
  const current = (): string | undefined =>
    new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;

  return {
    current,
    async next() {
      const token = current();
      if (token === undefined) throw new Error(`This hub wants a token. ${howToBegin}`);
      if (token === refused) throw new Error(`Your token is not good any more. ${howToRenew}`);
      if (token === shown && state() === 'live')
        throw new Error(`Your token is about to expire. ${howToRenew}`);
      shown = token;
      found();
      return token;
    },
    spent() {
      refused = shown;
    },
  };
}
