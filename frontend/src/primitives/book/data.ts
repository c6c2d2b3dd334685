/**
 * Resting orders as the layer draws them: densities, USD per 0.1 % of price on one side, by column. Orders that rest are
 * no liquidation levels: nothing here is ever added to those. NaN is not loaded or not seen, 0 is empty. Pure: no DOM.
 */

import type { BookAnswer } from "../../api/schema";
import { UNIT } from "../heatmap/density";

export const SIDES = ["bid", "ask"] as const;
export type BookSide = (typeof SIDES)[number];

export interface BookScale {
  /** USD per 0.1 % of price that is little of this coin's books. */
  readonly low: number;
  /** That is much; more looks the same. */
  readonly high: number;
}

/** What lies between two distances of the mid, of one side. */
export interface Ring {
  readonly side: BookSide;
  /** Distances from the mid in percent, the inner one 0 for the first. */
  readonly inner: number;
  readonly outer: number;
  /** By column. */
  readonly density: Float64Array;
  /** USD of all orders up to the outer distance, by column. */
  readonly usd: Float64Array;
}

export interface BookCells {
  readonly rows: number;
  readonly firstBand: number;
  /** Height of a row as the logarithm of price. */
  readonly logHeight: number;
  /** [column, row, density] of each side, row 0 the lowest. */
  readonly bid: readonly (readonly [number, number, number])[];
  readonly ask: readonly (readonly [number, number, number])[];
  /** By column: beyond these prices nothing was seen. */
  readonly seenLow: Float64Array;
  readonly seenHigh: Float64Array;
}

export interface BookLayer {
  readonly kind: BookAnswer["kind"];
  readonly startMs: number;
  readonly stepMs: number;
  readonly columns: number;
  /** null where too little is known for one: then amounts have no shade. */
  readonly scale: BookScale | null;
  /** By column, of what the rings lie around. */
  readonly mid: Float64Array;
  readonly rings: readonly Ring[];
  readonly cells: BookCells | null;
  /** [first, past) columns of which no book is loaded. */
  readonly holes: readonly (readonly [number, number])[];
  readonly note: string | null;
}

/** The layer of an answer. */
export function bookLayer(answer: BookAnswer): BookLayer {
  const { summary, cells, columns } = answer;
  const isKnown = Array.from(
    { length: columns },
    (_, column) => (summary?.as_of_ms[column] ?? cells?.as_of_ms[column] ?? null) !== null,
  );
  return {
    kind: answer.kind,
    startMs: answer.start_ms,
    stepMs: answer.step_ms,
    columns,
    scale: answer.low === null || answer.high === null ? null : { low: answer.low, high: answer.high },
    mid: numbers(summary?.mid ?? [], columns),
    rings: ringsOf(answer),
    cells: cellsOf(answer),
    holes: runsOf(isKnown),
    note: answer.note,
  };
}

function ringsOf({ summary, columns, unit_percent }: BookAnswer): Ring[] {
  if (summary === null) return [];
  return SIDES.flatMap((side) => {
    const held = (side === "bid" ? summary.bid_usd : summary.ask_usd).map((usd) => numbers(usd, columns));
    return summary.within_percent.map((outer, place): Ring => {
      const inner = summary.within_percent[place - 1] ?? 0;
      const usd = held[place] ?? numbers([], columns);
      const within = held[place - 1];
      const units = (outer - inner) / unit_percent;
      // Depth is rounded to four digits: a ring that is nearly empty may come out a little below.
      const density = usd.map(
        (all, column) => Math.max(all - (within === undefined ? 0 : at(within, column)), 0) / units,
      );
      return { side, inner, outer, density, usd };
    });
  });
}

function cellsOf({ cells, columns, rows, first_band, level, log_width }: BookAnswer): BookCells | null {
  if (cells === null) return null;
  const logHeight = log_width * 2 ** level;
  const units = logHeight / UNIT;
  const dense = (listed: readonly (readonly [number, number, number])[]) =>
    listed.map(([column, row, usd]) => [column, row, usd / units] as const);
  return {
    rows,
    firstBand: first_band,
    logHeight,
    bid: dense(cells.bid as readonly (readonly [number, number, number])[]),
    ask: dense(cells.ask as readonly (readonly [number, number, number])[]),
    seenLow: numbers(cells.seen_low, columns),
    seenHigh: numbers(cells.seen_high, columns),
  };
}

/** null, and what is missing, as NaN. */
const numbers = (values: readonly (number | null)[], count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => values[index] ?? Number.NaN);

export const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;

/** Runs of false as [first, past). */
function runsOf(isKnown: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  isKnown.forEach((known, column) => {
    if (known) return;
    const last = runs[runs.length - 1];
    if (last !== undefined && last[1] === column) last[1] = column + 1;
    else runs.push([column, column + 1]);
  });
  return runs;
}

/** 0..1 on the logarithm from little to much, clipped; 0 where there is no scale. */
export function placeOf(density: number, scale: BookScale | null): number {
  if (scale === null || !(density > scale.low)) return 0;
  if (density >= scale.high || !(scale.high > scale.low)) return 1;
  return Math.log(density / scale.low) / Math.log(scale.high / scale.low);
}

/** Lower price of a row of the cells. */
export const rowPrice = (cells: BookCells, row: number): number => Math.exp((cells.firstBand + row) * cells.logHeight);
