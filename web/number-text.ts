import { decimalsOf, type PriceDecimals, plainNumber } from '#client/mod.ts';

/** More decimals than these are refused by older browsers' `Intl.NumberFormat`. */
const localeDecimalsMax = 20;

/** By decimals: to make one takes fifty times as long as to use it. */
const formats = new Map<number, Intl.NumberFormat>();

/** A price as the reader's country writes numbers, with the decimals of its symbol. */
export function priceText(price: number, decimals: PriceDecimals): string {
  return numberText(price, decimals.count);
}

/** Shares, lots or coins, with as many decimals as the number has. */
export function quantityText(size: number): string {
  return numberText(size, decimalsOf(size));
}

function numberText(value: number, decimals: number): string {
  return decimals > localeDecimalsMax ? plainNumber(value, decimals) : formatWith(decimals).format(value);
}

function formatWith(decimals: number): Intl.NumberFormat {
  const known = formats.get(decimals);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat(undefined, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  formats.set(decimals, format);
  return format;
}
