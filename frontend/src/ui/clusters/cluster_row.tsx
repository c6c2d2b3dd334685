/** One cluster of the list: a button that marks it on the chart and lists the accounts behind it. */

import type { Cluster } from "../../api/schema";
import { formatPrice } from "../../format/price";
import { distance, usd } from "../../format/usd";
import { clusterName } from "../../model/cluster_list";
import { ageText, heldText, persistenceText } from "../../model/held";
import { forcedFlow } from "../../model/window";

const SWEEP_STATES: Readonly<Record<string, string>> = {
  entered: "entered now",
  crossed: "crossed",
  left: "left again",
};

interface ClusterRowProps {
  readonly cluster: Cluster;
  /** USD of the largest one: the bar's whole width. */
  readonly largest: number;
  readonly isChosen: boolean;
  readonly choose: (cluster: Cluster) => void;
}

export function ClusterRow({ cluster, largest, isChosen, choose }: ClusterRowProps) {
  const side = cluster.side === 1 ? "long" : "short";
  return (
    <button
      type="button"
      class={`cluster ${side}`}
      data-cluster={clusterName(cluster)}
      aria-pressed={isChosen}
      title={`Levels of ${side}s: ${forcedFlow(cluster.side)} where reached`}
      onClick={() => choose(cluster)}
    >
      <span class="price">{formatPrice(cluster.price_peak)}</span>
      <span class="amount">{usd(cluster.notional)}</span>
      <span class="away">{distance(cluster.distance_percent)}</span>
      <ClusterAges cluster={cluster} />
      <span class="more muted">{`${formatPrice(cluster.price_low)} – ${formatPrice(cluster.price_high)}`}</span>
      <span class="more muted">{forcedFlow(cluster.side)}</span>
      <span class="more muted">{`${cluster.account_count} acc.`}</span>
      <span class="bar" aria-hidden="true" style={{ width: `${(cluster.notional / largest) * 100}%` }} />
    </button>
  );
}

/** The weighted age first, persistence, and what a sweep did; nothing where nothing was studied. */
function ClusterAges({ cluster }: { readonly cluster: Cluster }) {
  const held = heldText(cluster);
  if (held === null) return null;
  return (
    <>
      <span class="held" title={ageText(cluster) ?? ""}>
        {held}
      </span>
      <span class="persistence muted">{persistenceText(cluster) ?? ""}</span>
      <span class="sweep-state">{SWEEP_STATES[cluster.sweep_state ?? ""] ?? ""}</span>
    </>
  );
}
