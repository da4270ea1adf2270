const timeoutMs = 5000;

/**
 * The symbols that the hub knows, in its order; none when it can not be asked just now.
 * @param token for a hub that asks who comes
 */
export async function readCatalogue(token: string | undefined): Promise<readonly string[]> {
  try {
    const response = await fetch('/symbols', {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.ok ? symbolsOf(await response.json()) : [];
  } catch {
    return []; // the connection's own state tells the user that the hub is away
  }
}

function symbolsOf(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null || !('symbols' in body)) return [];
  const entries: unknown = body.symbols;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('symbol' in entry)) return [];
    return typeof entry.symbol === 'string' ? [entry.symbol] : [];
  });
}
