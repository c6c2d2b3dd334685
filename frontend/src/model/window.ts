/** A decoded heatmap window and the questions one asks of it. Row 0 is the lowest price; index = row * columns + column. */

import type { HeatmapHeader, Side } from "../api/schema";

export interface HeatmapWindow extends HeatmapHeader {
  /** ms of the frame shown in a column; -1 where none is known (a hole). */
  readonly asOf: Float64Array;
  /** NaN where unknown. */
  readonly mark: Float64Array;
  /** USD; NaN in holes. */
  readonly long: Float32Array;
  readonly short: Float32Array;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly band: number;
  readonly level: number;
  readonly priceLow: number;
  readonly priceHigh: number;
  /** USD; null in a hole. */
  readonly long: number | null;
  readonly short: number | null;
  /** null in a hole. */
  readonly asOfMs: number | null;
}

/** Lower price of row r: exp((first_band + r) * log_width * 2^level). */
export const rowPrice = (window: HeatmapHeader, row: number): number =>
  Math.exp((window.first_band + row) * window.log_width * 2 ** window.level);

export const endMs = (window: HeatmapHeader): number => window.start_ms + window.columns * window.step_ms;

/** Row of a price as a real number; its floor is the row. */
export const rowOfPrice = (window: HeatmapHeader, price: number): number =>
  Math.log(price) / (window.log_width * 2 ** window.level) - window.first_band;

export function cellOf(window: HeatmapWindow, row: number, column: number): Cell | null {
  if (row < 0 || row >= window.rows || column < 0 || column >= window.columns) return null;
  const index = row * window.columns + column;
  const asOf = window.asOf[column] ?? -1;
  const isHole = asOf < 0;
  return {
    row,
    column,
    band: window.first_band + row,
    level: window.level,
    priceLow: rowPrice(window, row),
    priceHigh: rowPrice(window, row + 1),
    long: isHole ? null : (window.long[index] ?? 0),
    short: isHole ? null : (window.short[index] ?? 0),
    asOfMs: isHole ? null : asOf,
  };
}

/**
 * The cell at a time and price, or the nearest one above `least` USD within `reach` rows in the same column: cells
 * may be a pixel high, and a pointer is coarser than that.
 */
export function cellNear(window: HeatmapWindow, timeMs: number, price: number, reach: number, least = 0): Cell | null {
  const column = Math.floor((timeMs - window.start_ms) / window.step_ms);
  const exact = rowOfPrice(window, price);
  const row = Math.floor(exact);
  const cell = cellOf(window, row, column);
  if (cell === null || cell.asOfMs === null || usdOf(cell) > least) return cell;
  for (let step = 1; step <= reach; step += 1) {
    const upFirst = exact - row > 0.5;
    for (const next of upFirst ? [row + step, row - step] : [row - step, row + step]) {
      const near = cellOf(window, next, column);
      if (near !== null && usdOf(near) > least) return near;
    }
  }
  return cell;
}

export const usdOf = (cell: Cell): number => (cell.long ?? 0) + (cell.short ?? 0);

/** Runs of columns without a frame, as [first, past the last]. */
export function holeRuns(asOf: Float64Array): [number, number][] {
  const runs: [number, number][] = [];
  let first = -1;
  for (let column = 0; column <= asOf.length; column += 1) {
    const isHole = column < asOf.length && (asOf[column] ?? -1) < 0;
    if (isHole && first < 0) first = column;
    if (!isHole && first >= 0) {
      runs.push([first, column]);
      first = -1;
    }
  }
  return runs;
}

/** What the engine would do when a level of this side is reached: longs are closed by selling, shorts by buying. */
export const forcedFlow = (side: Side): "forced sell" | "forced buy" => (side === 1 ? "forced sell" : "forced buy");
