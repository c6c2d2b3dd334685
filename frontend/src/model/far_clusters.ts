/** The largest clusters that the prices on screen leave out, on each side. */

import type { Cluster } from "../api/schema";
import type { PriceSpan } from "./price_span";

const MAX_A_SIDE = 3;
/** Of the largest cluster of all: smaller ones need no arrow. */
const LEAST_SHARE = 0.1;

export interface FarClusters {
  /** Nearest first. */
  readonly above: readonly Cluster[];
  readonly below: readonly Cluster[];
}

export function farClusters(clusters: readonly Cluster[], shown: PriceSpan): FarClusters {
  const least = LEAST_SHARE * Math.max(0, ...clusters.map((cluster) => cluster.notional));
  const largest = (far: readonly Cluster[]): Cluster[] =>
    far
      .filter((cluster) => cluster.notional >= least)
      .sort((a, b) => b.notional - a.notional)
      .slice(0, MAX_A_SIDE)
      .sort((a, b) => Math.abs(a.distance_percent) - Math.abs(b.distance_percent));
  return {
    above: largest(clusters.filter((cluster) => cluster.price_low > shown.high)),
    below: largest(clusters.filter((cluster) => cluster.price_high < shown.low)),
  };
}
