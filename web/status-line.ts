import type { Client, StateChange } from '#client/mod.ts';
import { elementOf } from './elements.ts';

/** What the page says about the connection: its state, how late it is on purpose, updates per second, resets, and one notice. */
export interface StatusLine {
  /** Shown until the next one; empty to clear it. */
  notice(text: string): void;
}

export interface StatusDeps {
  readonly client: Client;
  readonly document: Document;
  readonly window: Pick<Window, 'setInterval'>;
}

export function createStatusLine({ client, document, window }: StatusDeps): StatusLine {
  const state = elementOf(document, 'state', HTMLElement);
  const delay = elementOf(document, 'delay', HTMLElement);
  const rate = elementOf(document, 'rate', HTMLElement);
  const resets = elementOf(document, 'resets', HTMLElement);
  const notice = elementOf(document, 'notice', HTMLElement);
  let updates = 0;
  let resetCount = 0;

  client.on('state', (change) => {
    state.dataset.state = change.state;
    state.textContent = wordsOf(change);
    document.body.dataset.live = change.state === 'live' || change.state === 'draining' ? 'yes' : 'no';
  });
  client.on('delay', ({ minutes }) => {
    delay.textContent = minutes === 0 ? '' : `delayed ${minutes} min`;
  });
  client.on('update', () => {
    updates++;
  });
  client.on('reset', ({ symbol, reason }) => {
    resetCount++;
    resets.textContent = `${resetCount} ${resetCount === 1 ? 'reset' : 'resets'}, the last of ${symbol}: ${reason.replaceAll('_', ' ')}`;
  });
  window.setInterval(() => {
    rate.textContent = `${updates} updates/s`;
    updates = 0;
  }, 1000);

  return {
    notice(text) {
      notice.textContent = text;
    },
  };
}

function wordsOf({ state, attempt, delayMs = 0 }: StateChange): string {
  switch (state) {
    case 'connecting':
    case 'live':
      return state;
    case 'reconnecting':
      return attempt === undefined
        ? state
        : `reconnecting, attempt ${attempt} in ${Math.ceil(delayMs / 1000)} s`;
    case 'draining':
      return 'live, moving to another hub';
    case 'closed':
      return 'stopped';
    default:
      return state satisfies never;
  }
}
