/** How the symbols of a socket are chosen out of the catalogue. */
export type SymbolChoice =
  /** Each as likely as any other. */
  | { readonly choice: 'uniform' }
  /** The one at place n of the catalogue 1 / n^exponent as likely as the first. */
  | { readonly choice: 'zipf'; readonly exponent: number }
  /** The first of the catalogue, for every socket. */
  | { readonly choice: 'same' }
  /** One slice of the catalogue after the other, from the beginning again at its end. */
  | { readonly choice: 'slices' }
  /**
   * Those of a socket as far apart as can be, and each socket's one place further: all symbols have as many
   * sockets, give or take one, and neighbours have none in common.
   */
  | { readonly choice: 'spread' };

/**
 * Indexes into a catalogue of `symbols` for each socket, `perSocket` different ones.
 * @param random from 0 to 1, seeded, so that a scenario is the same each time
 */
export function chooseSymbols(
  choice: SymbolChoice,
  sockets: number,
  perSocket: number,
  symbols: number,
  random: () => number,
): Int32Array {
  const choices = new Int32Array(sockets * perSocket);
  const next = drawing(choice, symbols, perSocket, random);
  const chosen = new Set<number>();
  for (let socket = 0; socket < sockets; socket++) {
    chosen.clear();
    while (chosen.size < perSocket) chosen.add(next(chosen.size, socket));
    let at = socket * perSocket;
    for (const index of chosen) choices[at++] = index;
  }
  return choices;
}

function drawing(
  choice: SymbolChoice,
  symbols: number,
  perSocket: number,
  random: () => number,
): (place: number, socket: number) => number {
  switch (choice.choice) {
    case 'uniform':
      return () => Math.floor(random() * symbols);
    case 'same':
      return (place) => place;
    case 'slices': {
      let drawn = 0;
      return () => drawn++ % symbols;
    }
    case 'spread': {
      const stride = Math.floor(symbols / perSocket);
      return (place, socket) => (socket + place * stride) % symbols;
    }
    case 'zipf':
      return zipf(symbols, choice.exponent, random);
  }
}

function zipf(symbols: number, exponent: number, random: () => number): () => number {
  const sums = new Float64Array(symbols);
  let sum = 0;
  for (let index = 0; index < symbols; index++) {
    sum += 1 / (index + 1) ** exponent;
    sums[index] = sum;
  }
  return () => {
    const sought = random() * sum;
    let low = 0;
    let high = symbols - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < sought) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
