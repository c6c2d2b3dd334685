/** One cluster of the list: a button that brings it into view on the map and lists the accounts behind it. */

import type { Cluster } from "../../api/schema";
import { formatPrice } from "../../format/price";
import { distance, percent, usd } from "../../format/usd";
import { clusterName } from "../../model/cluster_list";
import { accountsText, holderText } from "../../model/cluster_words";
import { ageText, heldText, persistenceText } from "../../model/held";
import { oddsOf, oddsText, recordText } from "../../model/odds_text";
import { structureWords } from "../../model/structure_words";
import { forcedFlow } from "../../model/window";
import { usePage } from "../use_page";

interface ClusterRowProps {
  readonly cluster: Cluster;
  /** What a sweep did; null: none is known. */
  readonly swept: string | null;
  /** Of joint levels: odds and structure are known of solo ones. */
  readonly isJoint: boolean;
  /** USD of the largest one: the bar's whole width. */
  readonly largest: number;
  readonly isChosen: boolean;
  /** Pointed at on the map. */
  readonly isPointed: boolean;
  readonly choose: (cluster: Cluster) => void;
  readonly point: (cluster: Cluster | null) => void;
}

export function ClusterRow({ cluster, swept, isJoint, largest, isChosen, isPointed, choose, point }: ClusterRowProps) {
  const side = cluster.side === 1 ? "long" : "short";
  const holder = holderText(cluster);
  return (
    <button
      type="button"
      class={`cluster ${side}${isPointed ? " is-pointed" : ""}`}
      data-cluster={clusterName(cluster)}
      aria-pressed={isChosen}
      onClick={() => choose(cluster)}
      onMouseEnter={() => point(cluster)}
      onMouseLeave={() => point(null)}
      onFocus={() => point(cluster)}
      onBlur={() => point(null)}
    >
      <span class="amount">{usd(cluster.notional)}</span>
      <span class="away">{distance(cluster.distance_percent)}</span>
      <span class="price">{formatPrice(cluster.price_peak)}</span>
      <span class="side-word">{`${side}s, ${forcedFlow(cluster.side)}`}</span>
      <span class="facts muted">
        <Ages cluster={cluster} />
        <span>{accountsText(cluster.account_count)}</span>
        {holder === null ? null : <span class="holder">{holder}</span>}
        <Beside cluster={cluster} isJoint={isJoint} />
        {swept === null ? null : <span class="sweep-state">{swept}</span>}
      </span>
      <span class="bar" aria-hidden="true" style={{ width: `${(cluster.notional / largest) * 100}%` }} />
    </button>
  );
}

/** How often such levels were reached, what is deleveraged there, what structure it stands by. */
function Beside({ cluster, isJoint }: Pick<ClusterRowProps, "cluster" | "isJoint">) {
  const page = usePage();
  const { odds, structure } = page.besideClusters;
  if (isJoint) return null;
  const stops = page.layersShown.triggerWords.value?.before(cluster) ?? null;
  const level = oddsOf(odds.value, cluster);
  const said = level === null ? null : oddsText(level);
  return (
    <>
      {level === null || said === null ? null : (
        <span class="odds" title={level.within.map(recordText).join("; ")}>
          {said}
        </span>
      )}
      {typeof cluster.deleveraging_risk === "number" ? (
        <span
          class="adl-risk"
          title="USD closed against winners if it is reached, as a part of it, in a run of the rules"
        >
          {`SIMULATED deleveraging risk ${percent(cluster.deleveraging_risk, 1)}`}
        </span>
      ) : null}
      {stops === null ? null : <span class="stops-before">{stops}</span>}
      {structureWords(structure.value, cluster).map((words) => (
        <span key={words} class="by-structure">
          {words}
        </span>
      ))}
    </>
  );
}

/** The weighted age first, then persistence; nothing where nothing was studied. */
function Ages({ cluster }: { readonly cluster: Cluster }) {
  const held = heldText(cluster);
  if (held === null) return null;
  const persistence = persistenceText(cluster);
  return (
    <>
      <span class="held" title={ageText(cluster) ?? ""}>
        {held}
      </span>
      {persistence === null ? null : <span class="persistence">{persistence}</span>}
    </>
  );
}
