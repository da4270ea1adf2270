/** The values that a file can hold of a trade or a quote. */
export const fileFields = [
  'symbol',
  'time',
  'price',
  'size',
  'bid',
  'ask',
  'volume',
  'tradeId',
  'conditions',
  'suspicious',
] as const;

/** What a column of a file may mean. */
export type FileField = (typeof fileFields)[number];

/** A row by what its columns mean; CSV has text only, JSON may have anything. */
export type FileRow = Readonly<Partial<Record<FileField, unknown>>>;

/** The file's own name of a field's column, where it is not one of the usual ones. */
export type ColumnNames = Readonly<Partial<Record<FileField, string>>>;

/** Compared without case, blanks and punctuation: `Bid_Price` is `bidprice`. */
const usualNames: Readonly<Record<FileField, readonly string[]>> = {
  symbol: ['symbol', 'ticker', 'sym', 'instrument'],
  time: ['time', 'timestamp', 'datetime', 'ts', 'tradetime', 'quotetime', 'venuetime'],
  price: ['price', 'tradeprice', 'lastprice', 'last', 'px'],
  size: ['size', 'quantity', 'qty', 'tradesize', 'lastsize', 'shares'],
  bid: ['bid', 'bidprice', 'bestbid', 'bidpx'],
  ask: ['ask', 'askprice', 'bestask', 'askpx', 'offer', 'offerprice'],
  // Not "volume" alone: in a file of trades it is the size of the trade as often as the day's total.
  volume: ['cumulativevolume', 'cumulatedvolume', 'dayvolume', 'dailyvolume', 'totalvolume'],
  tradeId: ['tradeid', 'executionid'],
  conditions: ['conditions', 'condition', 'saleconditions', 'salecondition'],
  suspicious: ['suspicious', 'suspect'],
};

/** Which field a column is, by the file's own names first, else by the usual ones. */
export class Columns {
  readonly #fields = new Map<string, FileField>();

  constructor(own: ColumnNames) {
    for (const field of fileFields) {
      const name = own[field];
      const names = name === undefined ? usualNames[field] : [plain(name)];
      for (const usual of names) this.#fields.set(usual, field);
    }
    for (const [field, name] of Object.entries(own))
      if (isField(field) && name !== undefined) this.#fields.set(plain(name), field);
  }

  fieldOf(column: string): FileField | undefined {
    return this.#fields.get(plain(column));
  }

  /** Why rows with these columns can never be ticks, for people; undefined when they can. */
  problem(columns: readonly string[]): string | undefined {
    const found = new Set(columns.map((column) => this.fieldOf(column)));
    const missing: string[] = (['symbol', 'time'] as const).filter((field) => !found.has(field));
    if (!found.has('price') && !found.has('bid') && !found.has('ask')) missing.push('price, bid or ask');
    if (missing.length === 0) return undefined;
    return `no column for ${missing.join(' and ')}; columns found: ${columns.join(', ').slice(0, 500) || 'none'}`;
  }
}

function isField(name: string): name is FileField {
  return fileFields.some((field) => field === name);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
