/** A figure of what the map leaves open, and the least and most USD of a span, in words. Unknown is said. */

import type { CaveatFigure } from "../api/caveats";
import { formatAge } from "../format/time";
import { usd } from "../format/usd";

const UNITS: Readonly<Record<CaveatFigure["unit"], (value: number) => string>> = {
  USD: (value) => usd(value, 3),
  percent: (value) => `${plain(value)} %`,
  bp: (value) => `${plain(value)} bp`,
  seconds: (value) => formatAge(value * 1_000),
};

/** 60.4 %, n = 433, modelled; unknown: why. */
export function figureText({ value, unit, n, low, high, source, reason }: CaveatFigure): string {
  if (value === null) return reason === null ? "unknown" : `unknown: ${reason}`;
  const say = UNITS[unit];
  const between = low === null || high === null ? null : `${say(low)} to ${say(high)}`;
  const cases = n === null ? null : `n = ${n.toLocaleString("en-US")}`;
  return [say(value), between, cases, source].filter((part) => part !== null).join(", ");
}

/** $1.2M to $1.6M; null: not known. */
export const betweenText = (low: number | null, high: number | null): string | null =>
  low === null || high === null ? null : `${usd(low, 3)} to ${usd(high, 3)}`;

const plain = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: 3 }).replace("-", "−");
