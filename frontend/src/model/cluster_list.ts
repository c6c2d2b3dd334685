/** The list of clusters: its order, which is which, and the words where it is empty or has no ages. */

import type { Cluster, ClustersAnswer } from "../api/schema";
import { formatShort } from "../format/time";
import { HELD_WORDS, type Held } from "./held";

export const ORDERS = { distance: "Distance", usd: "USD", held: "Held" } as const;
export type Order = keyof typeof ORDERS;

/** Percent of the mark: what the balance of both sides calls near, too. */
export const NEAR_PERCENT = 10;

const distanceOf = (cluster: Cluster): number => Math.abs(cluster.distance_percent);

const BY: Readonly<Record<Order, (a: Cluster, b: Cluster) => number>> = {
  distance: (a, b) => distanceOf(a) - distanceOf(b),
  usd: (a, b) => b.notional - a.notional,
  // What is not known stands last.
  held: (a, b) => (b.weighted_age_ms ?? -1) - (a.weighted_age_ms ?? -1),
};

export interface ClusterGroup {
  readonly title: string;
  readonly clusters: readonly Cluster[];
}

/** Those near the mark first, whatever the order within; a group that holds none is left out. */
export function groupClusters(clusters: readonly Cluster[], order: Order): ClusterGroup[] {
  const isNear = (cluster: Cluster): boolean => distanceOf(cluster) <= NEAR_PERCENT;
  const groups = [
    { title: `Within ${NEAR_PERCENT} % of the mark`, clusters: clusters.filter(isNear).sort(BY[order]) },
    { title: "Farther", clusters: clusters.filter((cluster) => !isNear(cluster)).sort(BY[order]) },
  ];
  return groups.filter((group) => group.clusters.length > 0);
}

export const sameCluster = (a: Cluster | null, b: Cluster | null): boolean =>
  a !== null && b !== null && a.side === b.side && a.price_low === b.price_low && a.price_high === b.price_high;

/** 1/60250: tells the clusters of one answer apart, and stays while the peak does. */
export const clusterName = (cluster: Cluster): string => `${cluster.side}/${cluster.price_peak}`;

/** What a link calls a cluster: its identity through time where no other cluster shares it, else its name. */
export function linkName(cluster: Cluster, all: readonly Cluster[]): string {
  const id = cluster.cluster_id ?? null;
  return id !== null && all.filter((each) => each.cluster_id === id).length === 1 ? id : clusterName(cluster);
}

/** The cluster a link means: by identity, else the one of that side that holds that price; null where there is none. */
export function findCluster(all: readonly Cluster[], link: string | null): Cluster | null {
  if (link === null) return null;
  const known = all.find((each) => each.cluster_id === link || clusterName(each) === link);
  if (known !== undefined) return known;
  const [side, price] = link.split("/").map(Number);
  if (side === undefined || price === undefined) return null;
  return all.find((each) => each.side === side && each.price_low <= price && price < each.price_high) ?? null;
}

/** The one with the most USD whose span holds a price, of the sides asked about. */
export function clusterAt(all: readonly Cluster[], price: number, sides: readonly number[]): Cluster | null {
  return all.reduce<Cluster | null>((most, each) => {
    const isHere = sides.includes(each.side) && each.price_low <= price && price < each.price_high;
    return isHere && (most === null || each.notional > most.notional) ? each : most;
  }, null);
}

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
