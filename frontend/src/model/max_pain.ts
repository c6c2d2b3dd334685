/** Max pain in words: where most of a side is liquidated near the mark, and how much stands on the way there. */

import type { ClustersAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { distance, usd } from "../format/usd";
import { NEAR_PERCENT } from "./cluster_list";

type Pain = NonNullable<NonNullable<ClustersAnswer["max_pain"]>["long"]>;

export interface PainLine {
  readonly side: "long" | "short";
  /** Longs 83,210, −3.4 %. */
  readonly place: string;
  /** $4.13M, $9.20M to there. */
  readonly amounts: string;
  readonly prices: { readonly low: number; readonly high: number } | null;
}

export const PAIN_RULE = `most USD in 0.1 % of price, within ${NEAR_PERCENT} % of the mark`;

/** A line a side; null before the server answered, or where it tells none. */
export function painLines(answer: ClustersAnswer | null): readonly PainLine[] | null {
  const pair = answer?.max_pain ?? null;
  return pair === null ? null : [lineOf("long", pair.long), lineOf("short", pair.short)];
}

function lineOf(side: "long" | "short", pain: Pain | null): PainLine {
  if (pain === null)
    return { side, place: `${side}s`, amounts: `no known level within ${NEAR_PERCENT} %`, prices: null };
  const middle = Math.sqrt(pain.price_low * pain.price_high);
  return {
    side,
    place: `${side}s ${formatPrice(middle)}, ${distance(pain.distance_percent)}`,
    amounts: `${usd(pain.notional, 3)}, ${usd(pain.notional_to_there, 3)} to there`,
    prices: { low: pain.price_low, high: pain.price_high },
  };
}
