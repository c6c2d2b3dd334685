/** The panel "clusters": the balance near the mark, what is listed and in which order, and the list. */

import { agesNote, groupClusters, ORDERS, type Order } from "../../model/cluster_list";
import { HELD, HELD_WORDS } from "../../model/held";
import { jointText } from "../../model/joint";
import { LEVELS, type Levels } from "../../model/view_hash";
import { setHeld, setLevels } from "../../state/actions";
import { CsvButton } from "../csv";
import { Folded } from "../folded";
import { lazy } from "../lazy";
import { Group, type GroupItem } from "../parts";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";
import { Asymmetry } from "./asymmetry";
import { ClusterList } from "./cluster_list";
import { MaxPain } from "./max_pain";

const LEVEL_TITLES: Record<Levels, string> = {
  solo: "each coin moves alone, as the exchange publishes it",
  joint: "all coins move with BTC by their betas",
};
const LEVEL_ITEMS = LEVELS.map((value) => ({ value, label: value, title: `${LEVEL_TITLES[value]} (j)` }));
const ORDER_ITEMS: readonly GroupItem<Order>[] = (["distance", "usd", "held"] as const).map((value) => ({
  value,
  label: ORDERS[value],
}));
const HELD_ITEMS = HELD.map((value) => ({ value, label: HELD_WORDS[value], title: "by the weighted age (h)" }));

const Absorption = lazy(
  () => true,
  async () => (await import("../../later")).Absorption,
);

export function ClustersPanel() {
  const page = usePage();
  return (
    <Panel
      name="clusters"
      draw={() => (
        <>
          <Asymmetry />
          <MaxPain />
          <Folded name="On the way to a price" class="stop-part" draw={() => <Absorption />} />
          <JointNote />
          <div class="list-head">
            <Group
              id="levels"
              label="Levels of profile and clusters: each coin alone, or all coins moving"
              small
              value={page.levels.value}
              items={LEVEL_ITEMS}
              choose={(levels) => setLevels(page, levels)}
            />
            <span class="muted">by</span>
            <Group
              id="orders"
              label="Order"
              small
              value={page.order.value}
              items={ORDER_ITEMS}
              choose={(order) => {
                page.order.value = order;
              }}
            />
          </div>
          <div class="list-head">
            <span class="muted">held for</span>
            <Group
              id="held"
              label="Clusters whose coins have stood there for so long"
              small
              value={page.held.value}
              items={HELD_ITEMS}
              choose={(held) => setHeld(page, held)}
            />
          </div>
          <div class="save-row">
            <AgesNote />
            <SaveClusters />
          </div>
          <ClusterList />
        </>
      )}
    />
  );
}

/** In the order of the list. */
function SaveClusters() {
  const page = usePage();
  const answer = page.shownClusters.value;
  if (answer === null || answer.clusters.length === 0) return null;
  const make = async () => {
    const { clustersCsv } = await import("../../later");
    const rows = groupClusters(answer.clusters, page.order.peek()).flatMap((group) => group.clusters);
    return clustersCsv(answer, rows, page.isJoint.peek() ? null : page.sweeps.peek());
  };
  return <CsvButton what="clusters" make={make} />;
}

/** One paragraph: what is joint, what stays solo, where the betas are from. */
function JointNote() {
  const page = usePage();
  const coin = page.coin.value;
  const note = page.joint.value?.note ?? null;
  const [headline, ...rest] = coin === null || note === null ? [] : jointText(coin, note);
  return (
    <p id="joint-note" class="joint-note" role="status" hidden={!page.isJoint.value}>
      {headline === undefined
        ? "Joint levels are being worked out."
        : [<b key="headline">{headline}</b>, ` ${rest.join(" ")}`]}
    </p>
  );
}

function AgesNote() {
  const page = usePage();
  return (
    <p id="ages-note" class="ages-note muted" role="status">
      {page.isJoint.value ? "Ages are of solo levels." : agesNote(page.clusters.value)}
    </p>
  );
}
