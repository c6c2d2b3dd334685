/**
 * Cells of a window to densities, USD per 0.1 % of price, in rows that are 2 to 3 CSS pixels high. A density does not
 * depend on how high a row is, so a colour means the same at every zoom, screen and pixel ratio. Pure: no DOM.
 */

import type { HeatmapHeader } from "../../api/schema";

/** 0.1 % of price on the logarithmic grid: ln 1.001. */
export const UNIT = Math.log(1.001);

/** USD that a band of a window holds at a density. */
export const usdOfDensity = (window: Pick<HeatmapHeader, "level" | "log_width">, density: number): number =>
  (density * window.log_width * 2 ** window.level) / UNIT;

/** Height a drawn row has at least; at most 1.5 times it, the largest ratio of neighbouring steps. */
export const MIN_ROW_HEIGHT = 2;

/** A step is kept until a row is this much outside, so that a scale that breathes does not repaint. */
const SLACK = 1.05;

/** Row heights in base bands: 1, 1.5, 2, 3, 4, 6, 8 and so on. */
export function rowStep(bandHeight: number, previous: number | null = null): number {
  if (!(bandHeight > 0)) return previous ?? 1;
  const height = (previous ?? 0) * bandHeight;
  const isKept = height >= MIN_ROW_HEIGHT / SLACK && height < 1.5 * MIN_ROW_HEIGHT * SLACK;
  if (previous !== null && (isKept || (previous === 1 && height >= MIN_ROW_HEIGHT))) return previous;
  for (let step = 1; step < 2 ** 20; step *= 2) {
    for (const bands of [step, 1.5 * step]) if (bands * bandHeight >= MIN_ROW_HEIGHT) return bands;
  }
  return 2 ** 20;
}

/** What of a window the densities are made of. */
export type Cells = Pick<HeatmapHeader, "rows" | "columns" | "first_band" | "level" | "log_width"> & {
  readonly long: Float32Array;
  readonly short: Float32Array;
};

/** Rows stand on multiples of their height from price 1 on, whatever was asked for: panning moves none of them. */
export interface RowGrid {
  /** Drawn row 0, the lowest, is this one of the grid. */
  readonly firstRow: number;
  readonly rows: number;
  /** Height of a row as the logarithm of price. */
  readonly logHeight: number;
}

/** Rows of `bands` base bands, or of the window's own bands where those are coarser. */
export function gridOfRows(window: Omit<Cells, "long" | "short">, bands: number): RowGrid {
  const own = 2 ** window.level;
  const step = Math.max(bands, own) / own;
  const firstRow = Math.floor(window.first_band / step);
  const rows = Math.ceil((window.first_band + window.rows) / step) - firstRow;
  return { firstRow, rows, logHeight: step * own * window.log_width };
}

/**
 * Mean density of each drawn row, (rows, columns): USD of the parts of bands in it over its height in units. NaN in
 * holes. A row that the window covers in part has the density of that part. Added to what `into` holds, where given.
 */
export function densityOf(window: Cells, grid: RowGrid, usd: Float32Array, into?: Float32Array): Float32Array {
  const { columns, rows } = window;
  const width = window.log_width * 2 ** window.level;
  const step = grid.logHeight / width;
  const density = into ?? new Float32Array(grid.rows * columns);
  for (let row = 0; row < grid.rows; row += 1) {
    const low = Math.max((grid.firstRow + row) * step - window.first_band, 0);
    const high = Math.min((grid.firstRow + row + 1) * step - window.first_band, rows);
    const units = ((high - low) * width) / UNIT;
    const to = row * columns;
    for (let band = Math.floor(low); band < high; band += 1) {
      const part = (Math.min(high, band + 1) - Math.max(low, band)) / units;
      if (!(part > 0)) continue;
      const from = band * columns;
      for (let column = 0; column < columns; column += 1) {
        density[to + column] = (density[to + column] as number) + part * (usd[from + column] as number);
      }
    }
  }
  return density;
}

/** Weights of a row, its neighbours and theirs: a Gaussian of 0.75 rows. */
const SPREAD = 0.75;
const [OWN, NEXT, FAR] = glowWeights();

function glowWeights(): readonly [number, number, number] {
  const [next, far] = [1, 2].map((rows) => Math.exp(-((rows / SPREAD) ** 2) / 2)) as [number, number];
  const sum = 1 + 2 * next + 2 * far;
  return [1 / sum, next / sum, far / sum];
}

/** Smoothed along price: (rows, columns) to the same; nothing beyond the edges. */
export function smoothed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  const nothing = new Float32Array(columns);
  const rowAt = (row: number): Float32Array =>
    row < 0 || row >= rows ? nothing : values.subarray(row * columns, (row + 1) * columns);
  for (let row = 0; row < rows; row += 1) {
    const [below, under, own, over, above] = [-2, -1, 0, 1, 2].map((shift) => rowAt(row + shift)) as FiveRows;
    const to = row * columns;
    for (let column = 0; column < columns; column += 1) {
      out[to + column] =
        OWN * (own[column] as number) +
        NEXT * ((under[column] as number) + (over[column] as number)) +
        FAR * ((below[column] as number) + (above[column] as number));
    }
  }
  return out;
}

type FiveRows = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
