/** Time went on: the newest columns of a window are asked for alone and joined to those at hand. */

import type { HeatmapQuestion } from "../api/client";
import { endMs, type HeatmapWindow } from "./window";

/** A window that grew to so many times its first width is asked for anew, and so is one that grew so often: its scale is of its first cells. */
const MAX_GROWN = 2;
const MAX_TAILS = 60;

/**
 * The question of the last column at hand, which may have a newer frame, and of all after it up to `lastMs`; null where
 * the window does not reach the end, or has grown enough. `asked` is the question the window answered at first.
 *
 * The end is that of a whole column: then no finer step fits the width that is asked for, and the server's columns are
 * those of the window.
 */
export function tailQuestion(
  window: HeatmapWindow,
  asked: HeatmapQuestion,
  lastMs: number,
  tails: number,
): HeatmapQuestion | null {
  const first = window.columns - 1;
  const columns = Math.ceil((lastMs + 1 - window.start_ms) / window.step_ms);
  if (
    columns < window.columns ||
    columns > MAX_GROWN * Math.max(asked.width, window.columns - tails) ||
    tails >= MAX_TAILS
  )
    return null;
  if (asked.endMs < endMs(window) - window.step_ms) return null;
  return {
    ...asked,
    startMs: window.start_ms + first * window.step_ms,
    endMs: window.start_ms + columns * window.step_ms,
    width: columns - first,
  };
}

/** The window with the columns of its tail in place of its last one; null where they stand on another grid. */
export function joinTail(window: HeatmapWindow, tail: HeatmapWindow): HeatmapWindow | null {
  const first = window.columns - 1;
  const isSameGrid =
    tail.coin === window.coin &&
    tail.value === window.value &&
    tail.level === window.level &&
    tail.first_band === window.first_band &&
    tail.rows === window.rows &&
    tail.step_ms === window.step_ms &&
    tail.start_ms === window.start_ms + first * window.step_ms;
  if (!isSameGrid) return null;
  const columns = first + tail.columns;
  return {
    ...window,
    as_of_ms: tail.as_of_ms,
    columns,
    maximum: Math.max(window.maximum, tail.maximum),
    quantiles: window.quantiles ?? tail.quantiles,
    asOf: joinRow(window.asOf, tail.asOf, first, columns, 1, window.columns),
    mark: joinRow(window.mark, tail.mark, first, columns, 1, window.columns),
    long: joinRow(window.long, tail.long, first, columns, window.rows, window.columns),
    short: joinRow(window.short, tail.short, first, columns, window.rows, window.columns),
  };
}

function joinRow<T extends Float32Array | Float64Array>(
  held: T,
  tail: T,
  first: number,
  columns: number,
  rows: number,
  heldColumns: number,
): T {
  const joined = new (held.constructor as new (length: number) => T)(rows * columns);
  const more = columns - first;
  for (let row = 0; row < rows; row += 1) {
    joined.set(held.subarray(row * heldColumns, row * heldColumns + first), row * columns);
    joined.set(tail.subarray(row * more, (row + 1) * more), row * columns + first);
  }
  return joined;
}
