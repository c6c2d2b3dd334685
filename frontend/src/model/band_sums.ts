/** USD of the present levels between two prices, by side, and summed outwards from the mark. */

import type { ProfileRow } from "./bands";

/** Rows of bands with the prices they reach, and what is told at all. */
export interface PricedBands {
  /** By price. */
  readonly rows: readonly ProfileRow[];
  /** ln of the price ratio of one row. */
  readonly logStep: number;
  readonly mark: number | null;
  /** USD at the ends of what is told; null: there is no end. */
  readonly toldLow: number | null;
  readonly toldHigh: number | null;
  /** 1 or -1 where one side alone is told, else null. */
  readonly side: number | null;
}

/** USD; null where it is not told. */
export interface SideSums {
  readonly long: number | null;
  readonly short: number | null;
}

export interface SumPoint {
  readonly price: number;
  /** USD from the mark to here. */
  readonly usd: number;
}

const UNKNOWN: SideSums = { long: null, short: null };

/**
 * USD between two prices in any order. A row that lies partly between them counts with that part of its height in log price,
 * so sums of neighbouring spans add up. Unknown where a price is beyond what is told.
 */
export function sumBetween(bands: PricedBands, one: number, other: number): SideSums {
  const [low, high] = one < other ? [one, other] : [other, one];
  const { toldLow, toldHigh, side } = bands;
  if (bands.mark === null || !(low > 0)) return UNKNOWN;
  if ((toldLow !== null && low < toldLow * (1 - 1e-9)) || (toldHigh !== null && high > toldHigh * (1 + 1e-9)))
    return UNKNOWN;
  const [from, to] = [Math.log(low) / bands.logStep, Math.log(high) / bands.logStep];
  let [long, short] = [0, 0];
  for (const row of bands.rows) {
    const part = Math.min(row.band + 1, to) - Math.max(row.band, from);
    if (part <= 0) continue;
    long += row.long * part;
    short += row.short * part;
  }
  return { long: side === -1 ? null : long, short: side === 1 ? null : short };
}

/** Of what is known; null where nothing is. */
export const totalOf = ({ long, short }: SideSums): number | null =>
  long === null && short === null ? null : (long ?? 0) + (short ?? 0);

/** Sums of both sides from the mark up and down: points at both edges of each row that holds something, nearest first. */
export function outwards(bands: PricedBands): { above: readonly SumPoint[]; below: readonly SumPoint[] } {
  const { mark, rows, logStep } = bands;
  if (mark === null) return { above: [], below: [] };
  const at = Math.log(mark) / logStep;
  const walk = (ordered: readonly ProfileRow[], isUp: boolean): SumPoint[] => {
    const points: SumPoint[] = [{ price: mark, usd: 0 }];
    let usd = 0;
    for (const row of ordered) {
      const [near, far] = isUp ? [Math.max(row.band, at), row.band + 1] : [Math.min(row.band + 1, at), row.band];
      if (isUp ? far <= near : far >= near) continue;
      points.push({ price: Math.exp(near * logStep), usd });
      usd += (row.long + row.short) * Math.abs(far - near);
      points.push({ price: Math.exp(far * logStep), usd });
    }
    return points;
  };
  return { above: walk(rows, true), below: walk([...rows].reverse(), false) };
}
