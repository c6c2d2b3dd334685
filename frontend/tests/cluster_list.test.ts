import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, SweepsAnswer } from "../src/api/schema";
import { clusterAt, clusterName, findCluster, groupClusters, linkName } from "../src/model/cluster_list";
import { accountsText, holderText, sweptShare, sweptText } from "../src/model/cluster_words";
import { type PriceMark, placeSpans, spanAt, widthOf } from "../src/primitives/spans/place";

const cluster = (part: Partial<Cluster>): Cluster => ({
  side: 1,
  price_low: 95,
  price_high: 97,
  price_peak: 96,
  notional: 1_000_000,
  level_notional: 960_000,
  first_order_notional: 200_000,
  position_count: 4,
  account_count: 4,
  distance_percent: -4,
  vault_notional: null,
  largest_account_notional: null,
  cluster_id: null,
  born_ms: null,
  age_ms: null,
  is_age_at_least: null,
  weighted_age_ms: null,
  is_weighted_age_at_least: null,
  persistence_1h: null,
  persistence_4h: null,
  persistence_1d: null,
  persistence_3d: null,
  sweep_state: null,
  residual_size: null,
  whole_order_window_count: null,
  parent: null,
  deleveraging_usd: null,
  deleveraging_risk: null,
  deleveraging_as_of_ms: null,
  ...part,
});

const near = cluster({ price_peak: 99, distance_percent: -1, notional: 10, weighted_age_ms: 5 });
const edge = cluster({ price_peak: 110, distance_percent: 10, notional: 90, weighted_age_ms: null });
const far = cluster({ price_peak: 40, distance_percent: -60, notional: 99_999_999, weighted_age_ms: 9 });

test("what is within 10 % of the mark stands first in every order, and is ordered within", () => {
  for (const order of ["distance", "usd", "held"] as const) {
    const [first, second] = groupClusters([far, edge, near], order);
    assert.equal(first?.title, "Within 10 % of the mark");
    assert.deepEqual(first?.clusters, order === "usd" ? [edge, near] : [near, edge]);
    assert.deepEqual(second?.clusters, [far]);
  }
  assert.deepEqual(
    groupClusters([far], "usd").map((group) => group.title),
    ["Farther"],
  );
  assert.deepEqual(groupClusters([], "usd"), []);
});

test("a link means a cluster by identity, by name, or by the price it was at", () => {
  const known = cluster({ price_peak: 96, cluster_id: "BTC-long-1-2" });
  const all = [near, known];
  assert.equal(linkName(known, all), "BTC-long-1-2");
  assert.equal(findCluster(all, linkName(known, all)), known);
  assert.equal(findCluster(all, linkName(near, all)), near);
  const moved = cluster({ price_low: 95, price_high: 97, price_peak: 95.5 });
  assert.equal(findCluster([moved], clusterName(known)), moved, "its peak moved within the span");
  assert.equal(findCluster([moved], "-1/96"), null, "of the other side");
  for (const link of [null, "", "x", "1/", "BTC-long-9-9"]) assert.equal(findCluster(all, link), null);
});

test("two clusters of one identity have links of their own", () => {
  const twins = [96, 94].map((price_peak) => cluster({ price_peak, cluster_id: "BTC-long-1-2" }));
  for (const each of twins) assert.equal(findCluster(twins, linkName(each, twins)), each);
});

test("a price on the map means the larger cluster there, of the sides the cell holds", () => {
  const short = cluster({ side: -1, notional: 5_000_000 });
  const long = cluster({ notional: 1_000_000 });
  assert.equal(clusterAt([long, short], 96, [1, -1]), short);
  assert.equal(clusterAt([long, short], 96, [1]), long);
  assert.equal(clusterAt([long, short], 97, [1, -1]), null, "the upper edge belongs to the next one");
  assert.equal(clusterAt([long, short], 96, []), null);
});

test("who holds half of a cluster is named, and a small account alone is no whale", () => {
  assert.equal(holderText(cluster({ largest_account_notional: 710_000 })), "whale 71 %");
  assert.equal(holderText(cluster({ largest_account_notional: 499_999 })), null);
  assert.equal(holderText(cluster({ notional: 99_000, largest_account_notional: 99_000 })), null);
  assert.equal(holderText(cluster({ vault_notional: 620_000, largest_account_notional: 620_000 })), "vaults 62 %");
  assert.equal(holderText(cluster({})), null, "unknown at joint levels");
  assert.deepEqual([1, 1_200].map(accountsText), ["1 account", "1,200 accounts"]);
});

const sweep = (cluster_id: string, entered_ms: number, clear_fraction: number | null) =>
  ({ cluster_id, entered_ms, clear_fraction }) as SweepsAnswer["sweeps"][number];
const sweeps = (open: SweepsAnswer["open"], over: SweepsAnswer["sweeps"]) => ({ open, sweeps: over }) as SweepsAnswer;

test("the swept share is of the last time the mark came in; unknown is not zero", () => {
  const known = cluster({ cluster_id: "a", sweep_state: "crossed" });
  const answer = sweeps([sweep("a", 30, 0.4)], [sweep("a", 10, 0.9), sweep("b", 40, 1)]);
  assert.equal(sweptShare(known, answer), 0.4);
  assert.equal(sweptText(known, answer), "crossed, 40 % swept");
  assert.equal(sweptText(known, sweeps([], [sweep("a", 10, null)])), "crossed");
  assert.equal(sweptText(known, null), "crossed");
  assert.equal(sweptShare(known, sweeps([], [sweep("a", 10, 0)])), 0);
  assert.equal(sweptText(cluster({ sweep_state: "untouched", cluster_id: "c" }), answer), null);
  assert.equal(sweptShare(near, answer), null, "without an identity");
});

const mark = (name: string, low: number, high: number, usd: number): PriceMark => ({
  name,
  low,
  high,
  isLong: true,
  usd,
  text: name,
});
/** 10 pixels a dollar, 100 at the top. */
const yOf = (price: number): number => (100 - price) * 10;

test("marks stand where their prices are, as wide as the root of their USD, at least a line", () => {
  const placed = placeSpans([mark("thin", 95, 95.01, 1), mark("wide", 90, 92, 100), mark("off", 10, 20, 50)], yOf, 200);
  assert.deepEqual(
    placed.map((each) => each.mark.name),
    ["wide", "thin"],
  );
  assert.deepEqual([placed[0]?.top, placed[0]?.bottom], [80, 100]);
  assert.ok((placed[1]?.bottom ?? 0) - (placed[1]?.top ?? 0) >= 2);
  assert.equal(widthOf(25, 100) * 2, widthOf(100, 100));
  assert.ok(widthOf(0, 100) > 0);
});

test("a point at the edge means the nearest mark there, one inside the pane none", () => {
  const placed = placeSpans([mark("a", 90, 92, 100), mark("b", 91, 91.2, 1)], yOf, 200);
  assert.equal(spanAt(placed, 299, 90, 300)?.name, "a");
  assert.equal(spanAt(placed, 299, 88, 300)?.name, "b");
  assert.equal(spanAt(placed, 200, 90, 300), null);
  assert.equal(spanAt(placed, 299, 150, 300), null);
});
