import { connect } from '#client/mod.ts';
import { readCatalogue } from './catalogue.ts';
import { elementOf } from './elements.ts';
import { createStaleBanner } from './stale-banner.ts';
import { createStatusLine } from './status-line.ts';
import { createWatchList } from './watch-list.ts';

/** Symbols on the watch list to begin with. */
const firstSymbolsMax = 20;
/** Before the catalogue is asked for again while it can not be read or is empty. */
const catalogueRetryMs = 2000;

const token = tokenIn(location.hash);
const client = connect(socketUrl(location), token === undefined ? {} : { token });
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

client.on('error', ({ code, message, symbol }) => {
  if (symbol !== undefined && (code === 'unknown_symbol' || code === 'invalid_symbol')) {
    watchList.remove(symbol);
    status.notice(`There is no symbol ${symbol} here.`);
  } else status.notice(message);
});

let catalogue: readonly string[] = [];
void fillWatchList();

/** The page comes from the hub that it connects to. */
function socketUrl({ protocol, host }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
}

/** `#token=…` in the page's address: what is behind the hash never leaves the browser. */
function tokenIn(hash: string): string | undefined {
  return new URLSearchParams(hash.slice(1)).get('token') ?? undefined;
}

/** Symbols may be announced after the page was opened, so an empty catalogue is asked for again. */
async function fillWatchList(): Promise<void> {
  catalogue = await readCatalogue(token);
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
