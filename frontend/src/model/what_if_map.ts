/** A simulation on the map: prices of a dragged line, the path as points, the clusters reached and who paid at each. */

import type { Cascade } from "../api/cascade";

/** Steps halve the span: 2^-40 of it is far below a pixel. */
const HALVINGS = 40;
const MAX_POINTS = 160;

/** By a part of it: -0.05 is 5 % lower. */
export const steppedPrice = (price: number, part: number): number => price * (1 + part);

/** Price that stands at `y`, of a scale on which prices fall with y; bounded by `low` and `high`. */
export function priceAtY(yOf: (price: number) => number | null, y: number, low: number, high: number): number {
  let [below, above] = [Math.log(low), Math.log(high)];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (below + above) / 2;
    const at = yOf(Math.exp(middle));
    if (at === null) break;
    if (at > y) below = middle;
    else above = middle;
  }
  return Math.exp((below + above) / 2);
}

export interface PathPoint {
  /** Part of the run, 0 to 1. */
  readonly share: number;
  readonly price: number;
}

/** The mark of the coin through the run, at most 160 points: what is left out lies between points that stay, extremes stay. */
export function pathPoints(cascade: Pick<Cascade, "coin" | "path_ms" | "paths" | "horizon_ms">): PathPoint[] {
  const marks = cascade.paths.find((path) => path.coin === cascade.coin)?.mark ?? [];
  const known = marks.flatMap((price, row) => (price === null ? [] : [{ row, price }]));
  const last = Math.max(cascade.horizon_ms, cascade.path_ms.at(-1) ?? 0, 1);
  const step = Math.max(Math.ceil(known.length / (MAX_POINTS / 2)), 1);
  const kept: PathPoint[] = [];
  for (let from = 0; from < known.length; from += step) {
    const part = known.slice(from, from + step);
    const prices = part.map(({ price }) => price);
    const ends = [prices.indexOf(Math.min(...prices)), prices.indexOf(Math.max(...prices))];
    for (const index of [...new Set(ends)].sort((a, b) => a - b)) {
      const point = part[index];
      if (point !== undefined) kept.push({ share: (cascade.path_ms[point.row] ?? 0) / last, price: point.price });
    }
  }
  return kept;
}

/** USD that were closed by force in a span of prices, by who took them. */
export interface Payers {
  readonly book: number;
  readonly vault: number;
  readonly adl: number;
}

export interface LadderStep extends Payers {
  readonly side: number;
  readonly low: number;
  readonly high: number;
  readonly peak: number;
  /** USD of the cluster before the run. */
  readonly notional: number;
}

/** The clusters that the mark of the coin reached, in the order of the levels from now on, with who took what there. */
export function ladderSteps(cascade: Pick<Cascade, "coin" | "coins" | "per_level" | "mark">): LadderStep[] {
  const reached = cascade.coins.find((row) => row.coin === cascade.coin)?.reached ?? [];
  const distance = (price: number): number => Math.abs(Math.log(price / cascade.mark));
  return reached
    .map((cluster) => ({
      side: cluster.side,
      low: cluster.price_low,
      high: cluster.price_high,
      peak: cluster.price_peak,
      notional: cluster.notional,
      ...payersWithin(cascade, cluster.price_low, cluster.price_high),
    }))
    .sort((a, b) => distance(a.peak) - distance(b.peak));
}

/** Levels whose middle lies in [low, high). */
function payersWithin(
  { coin, per_level: all }: Pick<Cascade, "coin" | "per_level">,
  low: number,
  high: number,
): Payers {
  const sums = { book: 0, vault: 0, adl: 0 };
  all.coin.forEach((name, row) => {
    const middle = ((all.price_low[row] ?? 0) + (all.price_high[row] ?? 0)) / 2;
    if (name !== coin || middle < low || middle >= high) return;
    sums.book += all.filled[row] ?? 0;
    sums.vault += all.backstop[row] ?? 0;
    sums.adl += all.adl[row] ?? 0;
  });
  return sums;
}

/** Of things at heights, in the order of their weight, those that stand at least `gap` from each one before. */
export function spread<T>(items: readonly T[], yOf: (item: T) => number | null, gap: number, most: number): T[] {
  const taken: number[] = [];
  return items.filter((item) => {
    const y = yOf(item);
    if (y === null || taken.length >= most || taken.some((each) => Math.abs(each - y) < gap)) return false;
    taken.push(y);
    return true;
  });
}
