import type { ClientProblem, ProblemCode } from '#client/mod.ts';
import { elementOf } from './elements.ts';
import { howToBegin, howToRenew } from './page-token.ts';

/** Says above the table why the hub does not serve this page, or soon will not, and what to do. */
export interface StopBanner {
  /** False when the problem is none of these. */
  tells(problem: ClientProblem): boolean;
  hide(): void;
}

/** What the user reads instead of the words for programmers. */
const sentences: Partial<Record<ProblemCode, (message: string) => string>> = {
  not_authenticated: () => `This hub wants a token. ${howToBegin}`,
  invalid_token: (message) => `The hub refuses your token: ${message}. ${howToRenew}`,
  token_expired: () => `Your token has expired. ${howToRenew}`,
  no_token: (message) => message.replace('no token could be had: ', ''),
  user_sockets: (message) => `${message}. Other pages or programs of yours may use them.`,
};

export function createStopBanner(document: Document): StopBanner {
  const banner = elementOf(document, 'stop', HTMLElement);
  const show = (text: string): void => {
    banner.textContent = text;
    banner.hidden = false;
  };
  return {
    tells({ code, message }) {
      const sentence = sentences[code]?.(message);
      if (sentence !== undefined) show(sentence);
      else if (code !== 'stopped') return false;
      else if (banner.hidden) show(`${message}. Reload the page to try again.`);
      return true;
    },
    hide() {
      banner.hidden = true;
    },
  };
}
