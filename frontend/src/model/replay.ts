/** Playing stored moments: which one comes next, how far play has come, and what of candles and cells was known by then. */

import type { CandleRow } from "../api/schema";
import type { HeatmapWindow } from "./window";

/** Times as fast as it happened. */
export const SPEEDS = [1, 10, 60, 300, 1000] as const;
export type Speed = (typeof SPEEDS)[number];

/** The last of ascending times at or before one; null: none. */
export const lastAt = (times: readonly number[], ms: number): number | null => times[pastAt(times, ms) - 1] ?? null;

/** The first of ascending times after one; null: none. */
export const firstAfter = (times: readonly number[], ms: number): number | null => times[pastAt(times, ms)] ?? null;

/** How many of ascending times are at or before one. */
function pastAt(times: readonly number[], ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Play {
  readonly atMs: number;
  readonly speed: Speed;
  readonly elapsedMs: number;
  /** Stored times, ascending, as far as they are known. */
  readonly times: readonly number[];
  /** So long a frame stands for its time; after that there is none. */
  readonly holdMs: number;
  readonly lastMs: number;
}

/** Where play is after some time of the clock. Times without a frame are passed over. */
export function playedTo({ atMs, speed, elapsedMs, times, holdMs, lastMs }: Play): number {
  const to = atMs + speed * elapsedMs;
  const [before, next] = [lastAt(times, to), firstAfter(times, to)];
  const isHole = before !== null && next !== null && to - before > holdMs;
  return Math.min(isHole ? next : to, lastMs);
}

/** The stored times that play shows next, a look of `tickMs` after the other. */
export function timesAhead(
  times: readonly number[],
  atMs: number,
  speed: Speed,
  tickMs: number,
  count: number,
): number[] {
  const found: number[] = [];
  let time = firstAfter(times, atMs);
  while (time !== null && found.length < count) {
    const shown = lastAt(times, Math.max(time, atMs + speed * tickMs * (found.length + 1))) ?? time;
    found.push(shown);
    time = firstAfter(times, shown);
  }
  return found;
}

/**
 * Candles that were over by a time, and the mark of that time in the one under way: what a candle holds of later is not
 * told. `mark` null: nothing is known of the one under way.
 */
export function candlesUntil(
  rows: readonly CandleRow[],
  intervalMs: number,
  untilMs: number,
  mark: { readonly timeMs: number; readonly price: number } | null,
): CandleRow[] {
  const over = rows.filter((row) => row[0] + intervalMs <= untilMs + 1);
  const last = over[over.length - 1];
  const from = last === undefined ? -Infinity : last[0] + intervalMs;
  if (mark !== null && mark.timeMs >= from) over.push([mark.timeMs, mark.price, mark.price, mark.price, mark.price]);
  return over;
}

/** The end of the last column whose frame was there by a time. */
export function cellsUntil(window: HeatmapWindow, untilMs: number): number {
  const column = Math.floor((untilMs - window.start_ms) / window.step_ms);
  const isKnown = (window.asOf[column] ?? -1) <= untilMs;
  return window.start_ms + (isKnown ? column + 1 : column) * window.step_ms;
}
