import { PriceDecimals, type Update } from '#client/mod.ts';
import { priceText, quantityText } from './number-text.ts';

const times = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** One row of the table. */
export class WatchRow {
  readonly element = document.createElement('tr');
  readonly #price = cell('number price');
  readonly #change = cell('number');
  readonly #bid = cell('number wide quiet');
  readonly #ask = cell('number wide quiet');
  readonly #size = cell('number wide quiet');
  readonly #time = cell('number quiet');
  readonly #decimals = new PriceDecimals();
  /** The price when the symbol came on to the page; undefined before its first update. */
  #opening: number | undefined;
  #shown: number | undefined;

  constructor(symbol: string, remove: () => void) {
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = symbol;
    this.#price.textContent = '–';
    this.#price.addEventListener('animationend', () => this.#flash(''));
    const cells = [this.#price, this.#change, this.#bid, this.#ask, this.#size, this.#time];
    this.element.append(name, ...cells, removeCell(symbol, remove));
  }

  /** Whether the price stands still though the market may not. */
  showStale(stale: boolean): void {
    this.element.classList.toggle('stale', stale);
  }

  show(update: Update): void {
    this.#opening ??= update.price;
    const moved = update.price - (this.#shown ?? update.price);
    this.#shown = update.price;
    this.#decimals.see(update.price, update.bid, update.ask);
    this.#price.textContent = priceText(update.price, this.#decimals);
    if (moved !== 0) this.#flash(moved > 0 ? 'flash-up' : 'flash-down');
    this.#showChange(update.price, this.#opening);
    this.#bid.textContent = optional(update.bid, (bid) => priceText(bid, this.#decimals));
    this.#ask.textContent = optional(update.ask, (ask) => priceText(ask, this.#decimals));
    this.#size.textContent = optional(update.size, quantityText);
    this.#time.textContent = times.format(new Date(update.timestamp));
  }

  #showChange(price: number, opening: number): void {
    const percent = opening === 0 ? 0 : ((price - opening) / opening) * 100;
    const shown = Number(percent.toFixed(2)); // colour and sign are of what is read
    this.#change.textContent = `${signed(shown)} %`;
    this.#change.className = `number ${shown > 0 ? 'up' : shown < 0 ? 'down' : 'quiet'}`;
  }

  #flash(name: string): void {
    this.#price.className = `number price ${name}`;
  }
}

function cell(className: string): HTMLTableCellElement {
  const element = document.createElement('td');
  element.className = className;
  return element;
}

function removeCell(symbol: string, remove: () => void): HTMLTableCellElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = '×';
  button.setAttribute('aria-label', `Remove ${symbol}`);
  button.addEventListener('click', remove);
  const element = cell('');
  element.append(button);
  return element;
}

function signed(percent: number): string {
  const text = Math.abs(percent).toFixed(2);
  if (percent === 0) return text;
  return percent < 0 ? `−${text}` : `+${text}`;
}

function optional(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '' : text(value);
}
