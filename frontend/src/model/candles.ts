/** Candles on a gap-free time grid: the chart counts bars, so a texture is linear in time only if no bar is missing. */

import type { CandleRow } from "../api/schema";
import type { PriceSpan } from "./price_span";

const MINUTE = 60_000;
const INTERVALS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10_080].map((minutes) => minutes * MINUTE);
const PIXELS_PER_BAR = 7;
const MAX_BARS = 20_000;

export interface Bar {
  /** Start of the bar, ms. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Bars at t0 + i * interval; null where nothing is known. */
export interface BarGrid {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly bars: readonly (Bar | null)[];
}

/** Smallest interval, not below the source's, at which `spanMs` over `width` pixels gives bars of some 7 pixels. */
export function chooseInterval(spanMs: number, width: number, sourceMs: number): number {
  const wanted = (spanMs * PIXELS_PER_BAR) / Math.max(width, 1);
  for (const interval of INTERVALS) {
    if (interval >= sourceMs && interval >= wanted) return interval;
  }
  return Math.max(sourceMs, INTERVALS[INTERVALS.length - 1] ?? sourceMs);
}

/** Keep the present interval while bars are 3 to 18 pixels apart. */
export function keepsInterval(intervalMs: number, spanMs: number, width: number): boolean {
  const spacing = (intervalMs * width) / spanMs;
  return spacing >= 3 && spacing <= 18;
}

/** Candles of the source merged to bars of an interval; [startMs, endMs) is filled with nulls where nothing is known. */
export function gridOf(rows: readonly CandleRow[], intervalMs: number, startMs: number, endMs: number): BarGrid {
  const first = rows[0]?.[0] ?? startMs;
  const last = rows[rows.length - 1]?.[0] ?? endMs;
  const start = floorTo(Math.min(first, startMs), intervalMs);
  const end = Math.max(last, endMs - 1);
  const count = Math.min(Math.floor((end - start) / intervalMs) + 1, MAX_BARS);
  const bars: (Bar | null)[] = new Array<Bar | null>(count).fill(null);
  for (const [time, open, high, low, close] of rows) {
    const index = Math.floor((time - start) / intervalMs);
    const bar = bars[index];
    if (bar === undefined) continue;
    bars[index] = {
      time: start + index * intervalMs,
      open: bar?.open ?? open,
      high: Math.max(bar?.high ?? high, high),
      low: Math.min(bar?.low ?? low, low),
      close,
    };
  }
  return { startMs: start, intervalMs, bars };
}

/** Lowest and highest price of the candles that begin in a span of time; null where none does. */
export function pricesIn(rows: readonly CandleRow[], startMs: number, endMs: number): PriceSpan | null {
  let [low, high] = [Infinity, 0];
  for (const [time, , highest, lowest] of rows) {
    if (time < startMs || time > endMs) continue;
    low = Math.min(low, lowest);
    high = Math.max(high, highest);
  }
  return low > 0 && high >= low ? { low, high } : null;
}

/** A path of single marks becomes candles: each bar opens where the one before closed. */
export function joinPath(rows: readonly CandleRow[]): CandleRow[] {
  let previous: number | null = null;
  return rows.map(([time, open, high, low, close]) => {
    const from = previous ?? open;
    previous = close;
    return [time, from, Math.max(high, from), Math.min(low, from), close];
  });
}

const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
