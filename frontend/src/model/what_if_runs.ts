/** Many runs that differ in what nobody knows: quantiles of their figures, those of stops apart. */

import type { Ensemble } from "../api/cascade";
import { formatPrice } from "../format/price";
import { distance, percent, UNKNOWN, usd } from "../format/usd";
import { largestLevels, rowsOfCoin } from "./level_rows";

/** How many runs may be asked for. */
export const RUNS = {
  "1": "one, nothing drawn",
  "20": "20, what nobody knows is drawn",
} as const;

/** Quantiles that are shown; a phone has room for three. */
const SHOWN = [0.05, 0.5, 0.95];

const money = (value: number | null): string => usd(value, 3);
const whole = (value: number | null): string => (value === null ? UNKNOWN : Math.round(value).toLocaleString("en-US"));
type Figure = readonly [key: string, name: string, say: (value: number | null) => string];

const LIQUIDATIONS: readonly Figure[] = [
  ["accounts", "accounts liquidated", whole],
  ["filled", "taken by the order book", money],
  ["backstop", "by the liquidator vault", money],
  ["adl", "closed against winners", money],
  ["extreme_mark", "furthest mark", formatPrice],
  ["overshoot", "further than a calm run", (value) => distance(value === null ? null : value * 100)],
];
const STOPS: readonly Figure[] = [
  ["fired", "orders that fired", whole],
  ["stops_filled", "stops taken by the order book", money],
  ["profits_filled", "take-profits taken by it", money],
];

/** Places of the shown quantiles in the answer's. */
const placesOf = ({ levels }: Pick<Ensemble, "levels">): number[] =>
  SHOWN.map((level) => levels.indexOf(level)).filter((place) => place >= 0);

const rowsOf = (
  figures: readonly Figure[],
  quantiles: Readonly<Record<string, readonly (number | null)[]>>,
  places: readonly number[],
): string[][] =>
  figures.flatMap(([key, name, say]) => {
    const values = quantiles[key];
    return values === undefined ? [] : [[name, ...places.map((place) => say(values[place] ?? null))]];
  });

export const runsHead = (ensemble: Ensemble): string[] => [
  "",
  ...placesOf(ensemble).map((place) => {
    const level = ensemble.levels[place] ?? 0;
    return level === 0.5 ? "median" : percent(level);
  }),
];

export const runsRows = (ensemble: Ensemble): string[][] =>
  rowsOf(LIQUIDATIONS, ensemble.quantiles, placesOf(ensemble));

/** None of runs without stops. */
export const runsStopRows = (ensemble: Ensemble): string[][] =>
  rowsOf(STOPS, ensemble.stops?.quantiles ?? {}, placesOf(ensemble));

/** Of the coin, by price: USD of stops filled there at the quantiles, and in which part of the runs any fired. */
export function runsStopLevels(ensemble: Ensemble, coin: string): string[][] {
  const rows = ensemble.stops?.per_level;
  if (rows === undefined) return [];
  const places = placesOf(ensemble);
  const at = (row: number, place: number): number =>
    (rows.stops_filled[row]?.[place] ?? 0) + (rows.profits_filled[row]?.[place] ?? 0);
  const most = (row: number): number => Math.max(...places.map((place) => at(row, place)));
  return largestLevels(rows, rowsOfCoin(rows.coin, coin), most).map((row) => [
    formatPrice(rows.price_low[row]),
    ...places.map((place) => usd(rows.stops_filled[row]?.[place], 3)),
    percent(rows.fired_share[row]),
  ]);
}
