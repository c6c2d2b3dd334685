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

const formats = new Map<number, Intl.NumberFormat>();

/** To the power of ten of its last digit: (84523, 1) is 84,520, (0.0385, -4) is 0.0385. Fast enough for every frame. */
export function formatTo(price: number, exponent: number): string {
  const decimals = Math.max(-exponent, 0);
  let format = formats.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  const unit = 10 ** exponent;
  return format.format(exponent > 0 ? Math.round(price / unit) * unit : price);
}

/** Both ends of a span, with four digits or as many as tell them apart: 84,510 – 84,550. */
export function formatSpan(low: number, high: number): string {
  const exponent = Math.floor(Math.log10(Math.min(high - low, low * 1e-3)) + 1e-9);
  return `${formatTo(low, exponent)} – ${formatTo(high, exponent)}`;
}

/** How far a price is from another, in percent: +2.3 %. `step` is the difference of prices that the digits must tell apart. */
export function formatFrom(price: number, from: number, step: number): string {
  const value = (price / from - 1) * 100;
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.min(Math.max(Math.ceil(0.3 - Math.log10((step / from) * 100)), 1), 4);
  const amount = Number(Math.abs(value).toFixed(digits));
  return `${amount === 0 ? "" : value > 0 ? "+" : "−"}${amount >= 1e6 ? "many" : formatTo(amount, -digits)} %`;
}

/** Coins: up to five significant digits. */
export function formatSize(size: number): string {
  return Math.abs(size).toLocaleString("en-US", { maximumSignificantDigits: 6 });
}
