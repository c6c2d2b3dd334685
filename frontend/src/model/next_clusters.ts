/** The clusters that a price would reach first, up and down. */

import type { Cluster } from "../api/schema";

/** A cluster around the mark is reached already: it is neither. */
export function nextClusters(
  clusters: readonly Cluster[],
  mark: number,
): { readonly above: Cluster | null; readonly below: Cluster | null } {
  let [above, below]: [Cluster | null, Cluster | null] = [null, null];
  for (const cluster of clusters) {
    if (cluster.price_low > mark && (above === null || cluster.price_low < above.price_low)) above = cluster;
    if (cluster.price_high < mark && (below === null || cluster.price_high > below.price_high)) below = cluster;
  }
  return { above, below };
}
