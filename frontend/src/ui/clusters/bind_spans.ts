/** Ties the clusters on the map to the state: drawn as the list has them, pointed at on either side. */

import { effect, untracked } from "@preact/signals";
import type { Cluster } from "../../api/schema";
import type { MapChart } from "../../chart/chart";
import { distance, usd } from "../../format/usd";
import { clusterAt, clusterName } from "../../model/cluster_list";
import type { PointerPlace } from "../../model/places";
import { forcedFlow } from "../../model/window";
import type { PriceMark } from "../../primitives/spans";
import type { PageState } from "../../state/page_state";

/** Returns what ends them. */
export function bindSpans(page: PageState, chart: MapChart): (() => void)[] {
  /** What this page pointed at last, and not its list. */
  let pointed: string | null = null;
  let isAtEdge = false;
  return [
    effect(() => {
      const pointer = page.pointer.value;
      const clusters = page.layers.value.has("clusters") ? (page.shownClusters.value?.clusters ?? []) : [];
      const atEdge = pointer === null ? null : clusterAtEdge(page, chart, pointer);
      isAtEdge = atEdge !== null;
      const meant = atEdge ?? underPointer(page, clusters);
      const name = meant === null ? null : clusterName(meant);
      if (name === pointed) return;
      pointed = name;
      untracked(() => {
        page.hovered.value = meant;
      });
    }),
    effect(() => {
      const clusters = page.shownClusters.value?.clusters ?? [];
      const [chosen, hovered] = [page.chosen.value, page.hovered.value];
      const name = hovered === null ? null : clusterName(hovered);
      chart.spans.show({
        marks: clusters.map(markOf),
        hasEdge: page.layers.value.has("clusters"),
        chosen: chosen === null ? null : clusterName(chosen),
        hovered: name,
        isLit: name !== pointed || isAtEdge,
      });
      const root = document.documentElement.dataset;
      root.spans = `${clusters.length}/${chosen === null ? "" : clusterName(chosen)}/${name ?? ""}`;
    }),
  ];
}

/** The cluster whose mark at the right edge a place means. */
export function clusterAtEdge(page: PageState, chart: MapChart, place: PointerPlace): Cluster | null {
  const name = chart.spans.at(place.x, place.y)?.name;
  return page.shownClusters.peek()?.clusters.find((each) => clusterName(each) === name) ?? null;
}

/** The cluster of now at the prices of the cell under the pointer, of a side that the cell holds. */
function underPointer(page: PageState, clusters: readonly Cluster[]): Cluster | null {
  const cell = page.cell.value;
  if (cell === null) return null;
  const sides = [...((cell.long ?? 0) > 0 ? [1] : []), ...((cell.short ?? 0) > 0 ? [-1] : [])];
  return clusterAt(clusters, Math.sqrt(cell.priceLow * cell.priceHigh), sides);
}

const markOf = (cluster: Cluster): PriceMark => ({
  name: clusterName(cluster),
  low: cluster.price_low,
  high: cluster.price_high,
  isLong: cluster.side === 1,
  usd: cluster.notional,
  text: `${usd(cluster.notional)} of ${cluster.side === 1 ? "longs" : "shorts"}, ${forcedFlow(cluster.side)}, ${distance(cluster.distance_percent)}`,
});
