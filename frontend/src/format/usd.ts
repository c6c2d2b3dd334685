/** Dollars as a reader wants them. null and NaN are "unknown", never 0. */

const UNITS: readonly [number, string][] = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

export const UNKNOWN = "unknown";

/** Four significant digits with a unit: $12.35M. `digits` 2 gives $12M for axes. */
export function usd(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN;
  const sign = value < 0 ? "−" : "";
  const amount = Math.abs(value);
  if (amount === 0) return "$0";
  for (const [unit, name] of UNITS) {
    // A value that would be rounded up to 1,000 of the smaller unit is shown in this one.
    if (amount >= unit * (1 - 0.5 * 10 ** -digits)) return `${sign}$${significant(amount / unit, digits)}${name}`;
  }
  return amount < 0.01 ? `${sign}<$0.01` : `${sign}$${significant(amount, digits)}`;
}

/** Whole dollars with separators: $12,345,678. */
export function usdFull(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN;
  const sign = value < 0 ? "−" : "";
  return `${sign}$${Math.abs(value).toLocaleString("en-US", { maximumFractionDigits: 0 })}`;
}

export function percent(fraction: number | null | undefined, digits = 0): string {
  if (fraction === null || fraction === undefined || Number.isNaN(fraction)) return UNKNOWN;
  const least = 10 ** -digits;
  // A little is not nothing.
  if (fraction > 0 && fraction * 100 < least / 2) return `<${least} %`;
  return `${(fraction * 100).toFixed(digits)} %`;
}

/** Signed distance that is already in percent: +3.2 %. */
export function distance(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(digits)} %`;
}

function significant(value: number, digits: number): string {
  const whole = Math.floor(Math.log10(value)) + 1;
  const text = value.toFixed(Math.max(0, Math.min(digits - whole, digits - 1)));
  return digits <= 2 ? text.replace(/\.0+$/, "") : text;
}
