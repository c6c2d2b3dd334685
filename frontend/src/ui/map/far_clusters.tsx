/** Clusters outside of the prices on screen: arrows at the edge with USD and distance; a click brings one into view. */

import type { Cluster } from "../../api/schema";
import { formatPrice } from "../../format/price";
import { distance, usd } from "../../format/usd";
import { farClusters } from "../../model/far_clusters";
import { openCluster } from "../../state/actions";
import { usePage } from "../use_page";

export function FarClusters() {
  const page = usePage();
  const [area, axes, clusters] = [page.visible.value, page.axes.value, page.shownClusters.value];
  if (area === null || axes === null || clusters === null) return null;
  const far = farClusters(clusters.clusters, { low: area.lowPrice, high: area.highPrice });
  const style = { left: `${axes.left}px`, width: `${axes.width}px`, height: `${axes.height}px` };
  return (
    <div class="far" style={style}>
      <Edge name="above" sign="↑" clusters={far.above} open={(cluster) => openCluster(page, cluster)} />
      <Edge name="below" sign="↓" clusters={far.below} open={(cluster) => openCluster(page, cluster)} />
    </div>
  );
}

interface EdgeParts {
  readonly name: "above" | "below";
  readonly sign: string;
  readonly clusters: readonly Cluster[];
  readonly open: (cluster: Cluster) => void;
}

function Edge({ name, sign, clusters, open }: EdgeParts) {
  if (clusters.length === 0) return null;
  return (
    <div class={`far-edge ${name}`} role="group" aria-label={`Largest clusters ${name} the picture`}>
      {clusters.map((cluster) => (
        <button
          key={cluster.cluster_id ?? cluster.price_peak}
          type="button"
          class={cluster.side === 1 ? "long" : "short"}
          title={`${cluster.side === 1 ? "longs" : "shorts"} near ${formatPrice(cluster.price_peak)}`}
          onClick={() => open(cluster)}
        >
          {`${sign} ${usd(cluster.notional, 3)} ${distance(cluster.distance_percent)}`}
        </button>
      ))}
    </div>
  );
}
