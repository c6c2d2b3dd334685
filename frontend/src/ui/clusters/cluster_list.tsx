/** The clusters of the levels that are looked at, in the chosen order. */

import { clusterName, emptyText, sameCluster, sortClusters } from "../../model/cluster_list";
import { openCluster } from "../../state/actions";
import { usePage } from "../use_page";
import { ClusterRow } from "./cluster_row";

const MAX_ROWS = 60;

export function ClusterList() {
  return (
    <div id="clusters" class="clusters">
      <ClusterRows />
    </div>
  );
}

function ClusterRows() {
  const page = usePage();
  const answer = page.shownClusters.value;
  if (answer === null) return <p class="empty">loading</p>;
  if (answer.clusters.length === 0) return <p class="empty">{emptyText(answer, page.held.value)}</p>;
  const chosen = page.chosen.value;
  const largest = Math.max(...answer.clusters.map((cluster) => cluster.notional));
  return (
    <>
      {sortClusters(answer.clusters, page.order.value)
        .slice(0, MAX_ROWS)
        .map((cluster) => (
          <ClusterRow
            key={clusterName(cluster)}
            cluster={cluster}
            largest={largest}
            isChosen={chosen !== null && sameCluster(chosen, cluster)}
            choose={(each) => openCluster(page, each)}
          />
        ))}
    </>
  );
}
