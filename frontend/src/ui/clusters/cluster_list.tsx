/** The clusters of the levels that are looked at: near ones first, each lights its span on the map. */

import { clusterName, emptyText, groupClusters, sameCluster } from "../../model/cluster_list";
import { HOLDER_RULE, holderText, sweptText } from "../../model/cluster_words";
import { openCluster } from "../../state/actions";
import { usePage } from "../use_page";
import { ClusterRow } from "./cluster_row";

export function ClusterList() {
  return (
    <div id="clusters" class="clusters" role="group" aria-label="Clusters" onKeyDown={moveFocus}>
      <ClusterRows />
    </div>
  );
}

function ClusterRows() {
  const page = usePage();
  const answer = page.shownClusters.value;
  if (answer === null) return <p class="empty">loading</p>;
  if (answer.clusters.length === 0) return <p class="empty">{emptyText(answer, page.held.value)}</p>;
  const [chosen, hovered, sweeps] = [page.chosen.value, page.hovered.value, page.sweeps.value];
  const largest = Math.max(...answer.clusters.map((cluster) => cluster.notional));
  return (
    <>
      {groupClusters(answer.clusters, page.order.value).map(({ title, clusters }) => [
        <h3 key={title} class="cluster-group">
          {title}
        </h3>,
        ...clusters.map((cluster) => (
          <ClusterRow
            key={clusterName(cluster)}
            cluster={cluster}
            swept={page.isJoint.value ? null : sweptText(cluster, sweeps)}
            isJoint={page.isJoint.value}
            largest={largest}
            isChosen={sameCluster(chosen, cluster)}
            isPointed={sameCluster(hovered, cluster)}
            choose={(each) => openCluster(page, each)}
            point={(each) => {
              page.hovered.value = each;
            }}
          />
        )),
      ])}
      {answer.clusters.some((cluster) => holderText(cluster) !== null) ? <p class="rule muted">{HOLDER_RULE}</p> : null}
    </>
  );
}

/** Arrows move from row to row, Home and End to the first and last. */
function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("button.cluster")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const places: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: rows.length - 1,
  };
  const row = rows[places[event.key] ?? -1];
  if (at < 0 || row === undefined) return;
  event.preventDefault();
  row.focus();
}
