/** The list of clusters: its order, which is which, and the words where it is empty or has no ages. */

import type { Cluster, ClustersAnswer } from "../api/schema";
import { formatShort } from "../format/time";
import { HELD_WORDS, type Held } from "./held";

export const ORDERS = { usd: "USD", distance: "Distance", held: "Held" } as const;
export type Order = keyof typeof ORDERS;

const BY: Readonly<Record<Order, (a: Cluster, b: Cluster) => number>> = {
  usd: (a, b) => b.notional - a.notional,
  distance: (a, b) => Math.abs(a.distance_percent) - Math.abs(b.distance_percent),
  // What is not known stands last.
  held: (a, b) => (b.weighted_age_ms ?? -1) - (a.weighted_age_ms ?? -1),
};

export function sortClusters(clusters: readonly Cluster[], order: Order): Cluster[] {
  return [...clusters].sort(BY[order]);
}

export const sameCluster = (a: Cluster, b: Cluster): boolean =>
  a.side === b.side && a.price_low === b.price_low && a.price_high === b.price_high;

/** 1/60250: tells the clusters of one answer apart, and stays while the peak does. */
export const clusterName = (cluster: Cluster): string => `${cluster.side}/${cluster.price_peak}`;

/** Why an answer lists none. */
export const emptyText = (answer: ClustersAnswer, held: Held): string =>
  held === "any"
    ? "no cluster is known for this coin"
    : `no cluster is known to have been held ${HELD_WORDS[held]}${answer.note == null ? "" : `: ${answer.note}`}`;

/** Since when ages count, or why there are none; and how many the filter could not judge. */
export function agesNote(answer: ClustersAnswer | null): string {
  if (answer === null) return "";
  const since = answer.since_ms ?? null;
  const unsure = answer.unsure_count ?? 0;
  const parts = [
    since === null
      ? `No ages yet: ${answer.note ?? "nothing was studied"}`
      : `Ages count since ${formatShort(since)} UTC`,
    unsure === 0 ? null : `${unsure} left out whose age is known only as at least less`,
  ];
  return `${parts.filter((part) => part !== null).join("; ")}.`;
}
