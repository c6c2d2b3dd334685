/** Stops and take-profits of a simulation, apart from what was liquidated: their sums, by price, by time, beside a run without. */

import type { Cascade } from "../api/cascade";
import type { TriggersAnswer } from "../api/triggers";
import { counted } from "../format/count";
import { formatPrice } from "../format/price";
import { formatShort } from "../format/time";
import { distance, usd } from "../format/usd";
import { largestLevels, rowsOfCoin } from "./level_rows";
import { coverageText } from "./trigger_words";

type Stops = NonNullable<Cascade["stops"]>;
type Row = readonly [name: string, value: string];

const MAX_SECONDS = 12;
/** Rows of a table in an answer of the API: the rest was cut. */
const MAX_ROWS = 2_000;

/** What a result is labelled with. */
export const stopsLabel = ({ stops }: { readonly stops: object | null }): string =>
  stops === null ? "without stops" : "with stops";

/** Whether stops can be taken along, and of how much they are known, or why not. */
export function switchText(answer: TriggersAnswer | null, problem: string | null): string {
  if (problem !== null) return `Not possible: ${problem}`;
  if (answer === null) return "It is asked whether this source has any.";
  if (!answer.has_triggers) {
    return `Not possible: ${answer.notes[0] ?? "this source has none. They are unknown here, not zero."}`;
  }
  return `${coverageText(answer.coverage)} Accounts that were not read have none in the run.`;
}

export function stopRows(stops: Stops): Row[] {
  const left = Object.entries(stops.left_out).filter(([, count]) => count > 0);
  const reasons = left.map(([reason, count]) => `${count.toLocaleString("en-US")} ${reason.replaceAll("_", " ")}`);
  const sum = (column: readonly number[]): number => column.reduce((total, value) => total + value, 0);
  return [
    ["orders taken along", stops.loaded.toLocaleString("en-US")],
    ...(reasons.length === 0 ? [] : [["left out", reasons.join(", ")] as const]),
    ["of them fired", stops.fired.toLocaleString("en-US")],
    ["gone with a position closed before", stops.closed_before.toLocaleString("en-US")],
    ["still waiting at the end", stops.still_waiting.toLocaleString("en-US")],
    ["stops taken by the order book", usd(stops.stops_filled, 3)],
    ["take-profits taken by it", usd(stops.profits_filled, 3)],
    ["lost by prices worse than the mark", usd(sum(stops.per_level.slippage), 3)],
  ];
}

/** Of the coin: from which mark, USD of stops sent and filled, and of take-profits filled; the largest, by price. */
export function stopLevelRows({ coin, stops }: Pick<Cascade, "coin" | "stops">): string[][] {
  if (stops === null) return [];
  const { per_level: all } = stops;
  const sent = (row: number): number => (all.stops_sent[row] ?? 0) + (all.profits_sent[row] ?? 0);
  return largestLevels(all, rowsOfCoin(all.coin, coin), sent).map((row) => [
    formatPrice(all.price_low[row]),
    ...[all.stops_sent, all.stops_filled, all.profits_filled].map((column) => usd(column[row], 3)),
  ]);
}

/** Where stops and take-profits were filled, for the map. */
export interface StopStep {
  readonly low: number;
  readonly high: number;
  readonly usd: number;
}

export function stopSteps({ coin, stops }: Pick<Cascade, "coin" | "stops">): StopStep[] {
  if (stops === null) return [];
  const { per_level: all } = stops;
  return rowsOfCoin(all.coin, coin)
    .map((row) => ({
      low: all.price_low[row] ?? 0,
      high: all.price_high[row] ?? 0,
      usd: (all.stops_filled[row] ?? 0) + (all.profits_filled[row] ?? 0),
    }))
    .filter((step) => step.usd > 0);
}

/** USD in a span of seconds of the run, of the coin. Liquidated flow is what was filled, taken over and auto-deleveraged. */
export interface FlowStep {
  readonly second: number;
  readonly liquidated: number;
  readonly stops: number;
  readonly profits: number;
}

/** By spans of `step` seconds, rising; only those with flow. */
export function flowSteps(
  { coin, per_second: forced, stops }: Pick<Cascade, "coin" | "per_second" | "stops">,
  step = 1,
) {
  const found = new Map<number, { second: number; liquidated: number; stops: number; profits: number }>();
  const at = (second: number) => {
    const from = Math.floor(second / step) * step;
    const known = found.get(from) ?? { second: from, liquidated: 0, stops: 0, profits: 0 };
    found.set(from, known);
    return known;
  };
  for (const row of rowsOfCoin(forced.coin, coin)) {
    const sum = (forced.filled[row] ?? 0) + (forced.backstop[row] ?? 0) + (forced.adl[row] ?? 0);
    at(forced.second[row] ?? 0).liquidated += sum;
  }
  const own = stops?.per_second ?? null;
  for (const row of own === null ? [] : rowsOfCoin(own.coin, coin)) {
    const here = at(own?.second[row] ?? 0);
    here.stops += own?.stops_filled[row] ?? 0;
    here.profits += own?.profits_filled[row] ?? 0;
  }
  return [...found.values()]
    .filter((each) => each.liquidated + each.stops + each.profits > 0)
    .sort((a, b) => a.second - b.second);
}

/** The seconds with the most stops and take-profits, in order; the flow of liquidations beside them, not in them. */
export const secondRows = (cascade: Pick<Cascade, "coin" | "per_second" | "stops">): string[][] =>
  flowSteps(cascade)
    .filter((each) => each.stops + each.profits > 0)
    .sort((a, b) => b.stops + b.profits - a.stops - a.profits)
    .slice(0, MAX_SECONDS)
    .sort((a, b) => a.second - b.second)
    .map((each) => [clock(each.second), ...[each.stops, each.profits, each.liquidated].map((value) => usd(value, 3))]);

export const clock = (second: number): string =>
  `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

/** Whether seconds at the end were cut from the answer. */
export const isCut = ({ per_second: forced, stops }: Pick<Cascade, "per_second" | "stops">): boolean =>
  Math.max(forced.second.length, stops?.per_second.second.length ?? 0) >= MAX_ROWS;

/** Of the runs that were made before: one of the same question that differs in stops alone. */
export function counterpart(cascade: Cascade, before: readonly Cascade[]): Cascade | null {
  const key = ({ coin, target_price, mode, horizon_ms, shock_ms, label }: Cascade): string =>
    [coin, target_price ?? label, mode, horizon_ms, shock_ms].join(" ");
  const isOther = (other: Cascade) => key(other) === key(cascade) && stopsLabel(other) !== stopsLabel(cascade);
  return before.find(isOther) ?? null;
}

/** Both runs, the one without first: their labels with the time of their levels, and figures beside each other. */
export function comparison(one: Cascade, other: Cascade): { readonly head: string[]; readonly rows: string[][] } {
  const both = [one, other].sort((a, b) => stopsLabel(b).localeCompare(stopsLabel(a)));
  const own = (cascade: Cascade) => cascade.coins.find((row) => row.coin === cascade.coin) ?? cascade.coins[0];
  const figures: readonly (readonly [string, (cascade: Cascade) => string])[] = [
    ["levels of (UTC)", (cascade) => formatShort(cascade.as_of_ms)],
    ["liquidated", (cascade) => counted(cascade.totals.account_count, "account")],
    ["liquidations taken by the order book", (cascade) => usd(cascade.totals.filled, 3)],
    ["by the vault", (cascade) => usd(cascade.totals.backstop, 3)],
    ["closed against winners", (cascade) => usd(cascade.totals.adl, 3)],
    ["stops taken by the order book", (cascade) => ofStops(cascade, "stops_filled")],
    ["take-profits taken by it", (cascade) => ofStops(cascade, "profits_filled")],
    ["furthest mark", (cascade) => formatPrice(own(cascade)?.extreme_mark)],
    ["further than a calm run", (cascade) => distance(percentOf(own(cascade)?.overshoot))],
  ];
  return { head: ["", ...both.map(stopsLabel)], rows: figures.map(([name, say]) => [name, ...both.map(say)]) };
}

/** A run without them has none, which is not unknown. */
const ofStops = ({ stops }: Cascade, name: "stops_filled" | "profits_filled"): string =>
  stops === null ? "–" : usd(stops[name], 3);

const percentOf = (share: number | null | undefined): number | null =>
  share === null || share === undefined ? null : share * 100;
