/** Rows of the map's table: present bands near the price, and one column of the map, both by price from above. */

import type { PricedBands } from "./band_sums";
import type { HeatmapWindow } from "./window";
import { type Cell, cellOf, usdOf } from "./window";

/** Of the mark: what is near. */
const NEAR = 0.1;
/** A table of this many rows can still be listened to. */
export const MAX_ROWS = 40;

export interface TwinRow {
  readonly low: number;
  readonly high: number;
  /** USD; null where it is not told. */
  readonly long: number | null;
  readonly short: number | null;
}

/** Level at which the rows within 10 % of the mark are at most MAX_ROWS: rows of at least half a percent. */
export function twinLevel(logWidth: number): number {
  const least = Math.log((1 + NEAR) / (1 - NEAR)) / (MAX_ROWS - 1);
  return Math.max(Math.ceil(Math.log2(least / logWidth)), 0);
}

/** Bands within 10 % of the mark that hold something, the highest first. */
export function bandRows(bands: PricedBands): readonly TwinRow[] {
  const { mark, rows, logStep, side } = bands;
  if (mark === null) return [];
  const price = (band: number): number => Math.exp(band * logStep);
  return rows
    .filter((row) => price(row.band + 1) > mark * (1 - NEAR) && price(row.band) < mark * (1 + NEAR))
    .filter((row) => row.long + row.short > 0)
    .map((row) => ({
      low: price(row.band),
      high: price(row.band + 1),
      long: side === -1 ? null : row.long,
      short: side === 1 ? null : row.short,
    }))
    .reverse();
}

/** The column of a time, within the window; the newest where no time is chosen. */
export function columnOf(window: HeatmapWindow, timeMs: number | null): number {
  if (timeMs === null) return window.columns - 1;
  const column = Math.floor((timeMs - window.start_ms) / window.step_ms);
  return Math.min(Math.max(column, 0), window.columns - 1);
}

/** The largest cells of a column, by price from above; null: no frame is known of that time. */
export function columnRows(window: HeatmapWindow, column: number): readonly TwinRow[] | null {
  const asOf = window.asOf[column] ?? -1;
  if (asOf < 0) return null;
  const cells: Cell[] = [];
  for (let row = 0; row < window.rows; row += 1) {
    const cell = cellOf(window, row, column);
    if (cell !== null && usdOf(cell) > 0) cells.push(cell);
  }
  return cells
    .sort((a, b) => usdOf(b) - usdOf(a))
    .slice(0, MAX_ROWS)
    .sort((a, b) => b.row - a.row)
    .map((cell) => ({ low: cell.priceLow, high: cell.priceHigh, long: cell.long, short: cell.short }));
}
