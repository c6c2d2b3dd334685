/** Prices with about six significant digits, as the venue prints them. */

/** Decimals that show a price near `price` to six significant digits (at most 10). */
export function priceDecimals(price: number): number {
  if (!(price > 0)) return 2;
  const whole = Math.floor(Math.log10(price)) + 1;
  return Math.min(Math.max(6 - whole, 0), 10);
}

export function formatPrice(price: number | null | undefined, decimals?: number): string {
  if (price === null || price === undefined || Number.isNaN(price)) return "–";
  const digits = decimals ?? priceDecimals(price);
  return price.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Coins: up to five significant digits. */
export function formatSize(size: number): string {
  return Math.abs(size).toLocaleString("en-US", { maximumSignificantDigits: 6 });
}
