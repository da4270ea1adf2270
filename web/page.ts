import { connect, type ProblemCode } from '#client/mod.ts';
import { readCatalogue } from './catalogue.ts';
import { elementOf } from './elements.ts';
import { createPageToken } from './page-token.ts';
import { createStaleBanner } from './stale-banner.ts';
import { createStatusLine } from './status-line.ts';
import { createStopBanner } from './stop-banner.ts';
import { createWatchList } from './watch-list.ts';

/** Symbols on the watch list to begin with. */
const firstSymbolsMax = 20;
/** Before the catalogue is asked for again while it can not be read or is empty. */
const catalogueRetryMs = 2000;
/** After these a symbol does not come, so that it keeps no row. */
const removing: ReadonlySet<ProblemCode> = new Set(['unknown_symbol', 'invalid_symbol', 'not_entitled']);

const stop = createStopBanner(document);
const token = createPageToken({ location, state: () => client.state, found: stop.hide });
// Whoever has none may need none.
const client = connect(socketUrl(location), token.current() === undefined ? {} : { token: token.next });
const banner = createStaleBanner(client, document);
const status = createStatusLine({ client, document, window });
const watchList = createWatchList({
  client,
  window,
  removed: banner.forget,
  rows: elementOf(document, 'rows', HTMLElement),
});

const form = elementOf(document, 'add', HTMLFormElement);
const input = elementOf(document, 'symbol', HTMLInputElement);
const empty = elementOf(document, 'empty', HTMLElement);
watchList.onChange((count) => {
  empty.hidden = count > 0;
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const symbol = nameOf(input.value.trim());
  if (symbol === '') return;
  status.notice('');
  if (watchList.add(symbol)) input.value = '';
  else status.notice(`${symbol} is on the list already.`);
});

client.on('state', ({ state }) => {
  if (state !== 'closed') return;
  for (const element of form.elements) element.toggleAttribute('disabled', true);
  empty.hidden = true;
});

client.on('error', (problem) => {
  const { code, message, symbol } = problem;
  if (code === 'token_expired' || code === 'invalid_token') token.spent();
  if (stop.tells(problem)) return;
  if (symbol !== undefined && removing.has(code)) watchList.remove(symbol);
  if (code === 'unknown_symbol' || code === 'invalid_symbol')
    status.notice(`There is no symbol ${symbol} here.`);
  else status.notice(code === 'not_entitled' ? `${message}.` : message);
});

window.addEventListener('hashchange', () => {
  // A client that is live, or tries to be, asks for the new token by itself.
  if (client.state === 'closed' && token.current() !== undefined) location.reload();
});

let catalogue: readonly string[] = [];
void fillWatchList();

/** The page comes from the hub that it connects to. */
function socketUrl({ protocol, host }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
}

/** Symbols may be announced after the page was opened, so an empty catalogue is asked for again. */
async function fillWatchList(): Promise<void> {
  catalogue = await readCatalogue(token.current());
  if (client.state === 'closed') return;
  if (catalogue.length === 0) {
    setTimeout(() => void fillWatchList(), catalogueRetryMs);
    return;
  }
  elementOf(document, 'catalogue', HTMLElement).replaceChildren(
    ...catalogue.map((symbol) => new Option(symbol, symbol)),
  );
  for (const symbol of catalogue.slice(0, firstSymbolsMax)) watchList.add(symbol);
}

/** Case matters to the hub, but not to who types. */
function nameOf(typed: string): string {
  const upper = typed.toUpperCase();
  return catalogue.find((symbol) => symbol.toUpperCase() === upper) ?? typed;
}
