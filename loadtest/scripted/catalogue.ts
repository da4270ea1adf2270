/** `ws://host:1/ws` → `http://host:1/symbols`, where a hub lists what it knows. */
export function catalogueUrl(target: string): string {
  return target.replace(/^ws/, 'http').replace(/^(https?:\/\/[^/]+).*$/, '$1/symbols');
}

/**
 * The symbols to follow.
 * @param body what the hub answered on `/symbols`; undefined = it did not
 * @param wanted these, or the first so many of the catalogue
 * @throws Error with one line that says what to change
 */
export function chooseSymbols(
  url: string,
  body: string | undefined,
  wanted: readonly string[] | number,
): string[] {
  const known = readCatalogue(url, body);
  if (typeof wanted === 'number') return known.slice(0, wanted);
  const unknown = wanted.filter((symbol) => !known.includes(symbol));
  if (unknown.length === 0) return [...wanted];
  throw new Error(`the hub does not know ${unknown.join(', ')}: name symbols that ${url} lists in SYMBOLS`);
}

function readCatalogue(url: string, body: string | undefined): string[] {
  if (body === undefined)
    throw new Error(
      `no hub answers at ${url}: start one (npm start), or name another in TARGET (ws://host:port/ws)`,
    );
  const symbols = parse(body);
  if (symbols === undefined)
    throw new Error(`${url} is not answered by a Tickwire hub: name one in TARGET (ws://host:port/ws)`);
  if (symbols.length === 0)
    throw new Error(`${url} lists no symbols: start a feed (npm run feed) that publishes to this hub`);
  return symbols;
}

function parse(body: string): string[] | undefined {
  try {
    const { symbols } = JSON.parse(body) as { symbols: readonly { symbol: string }[] };
    return symbols.map(({ symbol }) => symbol);
  } catch {
    return undefined; // the caller says so
  }
}

/** The symbols of the socket with this index: all are wanted equally often, and every run is the same. */
export function symbolsOfSocket(index: number, symbols: readonly string[], perSocket: number): string[] {
  const count = Math.min(perSocket, symbols.length);
  return Array.from({ length: count }, (_, i) => symbols[(index * count + i) % symbols.length] ?? '');
}
