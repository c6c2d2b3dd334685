/**
 * On the way from the mark to a price: what is liquidated, which known stops wait, what rests in the book. Three lines
 * side by side, never added: docs/triggers.md, "Absorption". null is unknown, not zero.
 */

import type { TriggersAnswer } from "../api/triggers";
import { formatPrice } from "../format/price";
import { formatShort } from "../format/time";
import { distance, UNKNOWN, usd } from "../format/usd";

type Absorption = TriggersAnswer["absorption"];

export const LINES = ["liquidations", "stops", "resting"] as const;
export type LineName = (typeof LINES)[number];

export const LINE_WORDS: Readonly<Record<LineName, string>> = {
  liquidations: "liquidations",
  stops: "known stops",
  resting: "resting orders",
};

/** One price, USD from the mark to there. */
export interface WayRow {
  readonly price: number;
  readonly distancePercent: number;
  readonly liquidations: number;
  readonly stops: number | null;
  readonly resting: number | null;
}

export const wayRows = (absorption: Absorption): WayRow[] =>
  absorption.price.map((price, row) => ({
    price,
    distancePercent: absorption.distance_percent[row] ?? 0,
    liquidations: absorption.liquidation_notional[row] ?? 0,
    stops: absorption.stop_notional[row] ?? null,
    resting: absorption.resting_notional[row] ?? null,
  }));

/** The last edge on the way to a price: what lies between the mark and that edge lies before the price. null: none does. */
export function rowBefore(rows: readonly WayRow[], mark: number, price: number): WayRow | null {
  const side = Math.sign(price - mark);
  let found: WayRow | null = null;
  for (const row of rows) {
    const isOnTheWay = Math.sign(row.price - mark) === side && (price - row.price) * side >= 0;
    if (isOnTheWay && (found === null || (row.price - found.price) * side > 0)) found = row;
  }
  return found;
}

/** Percent of the mark at which the table has rows, both ways. */
const STEPS = [20, 10, 5, 2, 1, 0.5];

/** Of the table: the highest price first, as on the map; each is the last edge before its distance. */
export function stepRows(rows: readonly WayRow[], mark: number): WayRow[] {
  const wanted = [...STEPS, ...[...STEPS].reverse().map((step) => -step)];
  const found = wanted.flatMap((step) => rowBefore(rows, mark, mark * (1 + step / 100)) ?? []);
  return [...new Set(found)];
}

/** Price with its distance, and the three figures. */
export const wayCells = (row: WayRow): string[] => [
  // The distance stays in one piece.
  `${formatPrice(row.price)} (${distance(row.distancePercent).replace(" ", "\u00A0")})`,
  ...LINES.map((name) => usd(row[name], 3)),
];

/** Between the mark and 60,000: liquidations $1.20M, known stops $300k, resting orders unknown. */
export function waySentence(row: WayRow): string {
  const parts = LINES.map((name) => `${LINE_WORDS[name]} ${usd(row[name], 3)}`);
  return `Between the mark and ${formatPrice(row.price)} (${distance(row.distancePercent)}): ${parts.join(", ")}.`;
}

/** Whose orders rest, of when and how far they are known. */
export function restingText(answer: Pick<TriggersAnswer, "resting" | "absorption">): string {
  const { resting } = answer;
  if (resting === null) return "Resting orders: unknown, no book of this time is known.";
  const from = resting.source === "book" ? "a stored book" : "the last minute's summary of the book";
  const known = wayRows(answer.absorption).filter((row) => row.resting !== null);
  const [low, high] = [known[0], known.at(-1)];
  const reach =
    low === undefined || high === undefined
      ? UNKNOWN
      : `known from ${distance(low.distancePercent)} to ${distance(high.distancePercent)}, unknown beyond`;
  return `Resting orders: ${from}, ${formatShort(resting.as_of_ms)} UTC, ${reach}.`;
}

/** Of a chart: where each line runs, 0 to 1 across and 0 to 1 up; a line ends where nothing is known. */
export interface WayLine {
  readonly name: LineName;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface WayChart {
  readonly lines: readonly WayLine[];
  /** USD of the top, of all lines. */
  readonly top: number;
  /** Where a price stands, across. */
  readonly x: (price: number) => number;
  /** Where the mark does. */
  readonly markX: number;
}

export function wayChart(rows: readonly WayRow[], mark: number): WayChart | null {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [low, high] = [Math.min(first.price, mark), Math.max(last.price, mark)];
  const top = Math.max(...rows.flatMap((row) => LINES.map((name) => row[name] ?? 0)), Number.MIN_VALUE);
  const x = (price: number): number => (high > low ? (price - low) / (high - low) : 0);
  const lines = LINES.map((name) => {
    const known = rows.flatMap((row): [number, number][] => {
      const value = row[name];
      return value === null ? [] : [[x(row.price), value / top]];
    });
    // At the mark nothing is between it and itself.
    const points = known.length === 0 ? [] : [...known, [x(mark), 0] as [number, number]];
    return { name, points: points.sort((a, b) => a[0] - b[0]) };
  });
  return { lines, top, x, markX: x(mark) };
}
