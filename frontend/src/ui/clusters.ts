/** The list of clusters and the balance of both sides near the mark. */

import type { AsymmetryAnswer, Cluster, ClustersAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { distance, usd } from "../format/usd";
import { forcedFlow } from "../model/window";
import { el } from "./dom";

export const ORDERS = { usd: "USD", distance: "Distance" } as const;
export type Order = keyof typeof ORDERS;
const MAX_ROWS = 60;

export function sortClusters(clusters: readonly Cluster[], order: Order): Cluster[] {
  const by =
    order === "usd"
      ? (a: Cluster, b: Cluster) => b.notional - a.notional
      : (a: Cluster, b: Cluster) => Math.abs(a.distance_percent) - Math.abs(b.distance_percent);
  return [...clusters].sort(by);
}

export const sameCluster = (a: Cluster, b: Cluster): boolean =>
  a.side === b.side && a.price_low === b.price_low && a.price_high === b.price_high;

/** One button a cluster; `choose` shows it on the chart and lists the accounts behind. */
export function renderClusters(
  list: HTMLElement,
  answer: ClustersAnswer | null,
  order: Order,
  chosen: Cluster | null,
  choose: (cluster: Cluster) => void,
): void {
  if (answer === null || answer.clusters.length === 0) {
    list.replaceChildren(
      el("p", { class: "empty" }, answer === null ? "loading" : "no cluster is known for this coin"),
    );
    return;
  }
  const rows = sortClusters(answer.clusters, order).slice(0, MAX_ROWS);
  const largest = Math.max(...answer.clusters.map((cluster) => cluster.notional));
  const focused = (document.activeElement as HTMLElement | null)?.dataset.cluster;
  list.replaceChildren(...rows.map((cluster) => clusterRow(cluster, largest, chosen, choose)));
  if (focused !== undefined) list.querySelector<HTMLElement>(`[data-cluster="${focused}"]`)?.focus();
}

function clusterRow(
  cluster: Cluster,
  largest: number,
  chosen: Cluster | null,
  choose: (cluster: Cluster) => void,
): HTMLElement {
  const side = cluster.side === 1 ? "long" : "short";
  const isChosen = chosen !== null && sameCluster(chosen, cluster);
  const row = el(
    "button",
    {
      type: "button",
      class: `cluster ${side}`,
      "data-cluster": `${cluster.side}/${cluster.price_peak}`,
      "aria-pressed": String(isChosen),
      title: `Levels of ${side}s: ${forcedFlow(cluster.side)} where reached`,
    },
    el("span", { class: "price" }, formatPrice(cluster.price_peak)),
    el("span", { class: "amount" }, usd(cluster.notional)),
    el("span", { class: "away" }, distance(cluster.distance_percent)),
    el("span", { class: "more muted" }, `${formatPrice(cluster.price_low)} – ${formatPrice(cluster.price_high)}`),
    el("span", { class: "more muted" }, forcedFlow(cluster.side)),
    el("span", { class: "more muted" }, `${cluster.account_count} acc.`),
  );
  const bar = el("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${(cluster.notional / largest) * 100}%`;
  row.append(bar);
  row.addEventListener("click", () => choose(cluster));
  return row;
}

export function renderAsymmetry(table: HTMLElement, answer: AsymmetryAnswer | null): void {
  const rows = answer?.rows ?? [];
  const most = Math.max(...rows.map((row) => Math.max(row.long_below_notional, row.short_above_notional)), 1);
  table.replaceChildren(
    el(
      "div",
      { class: "asym head muted" },
      el("span", {}, "longs below: sell"),
      el("span", {}, "within"),
      el("span", {}, "shorts above: buy"),
    ),
    ...rows.map((row) => {
      const left = el("span", { class: "bar long", "aria-hidden": "true" });
      const right = el("span", { class: "bar short", "aria-hidden": "true" });
      left.style.width = `${(row.long_below_notional / most) * 100}%`;
      right.style.width = `${(row.short_above_notional / most) * 100}%`;
      return el(
        "div",
        { class: "asym", title: `imbalance ${row.imbalance === null ? "unknown" : row.imbalance.toFixed(2)}` },
        el("span", {}, left, el("b", {}, usd(row.long_below_notional, 3))),
        el("span", { class: "muted" }, `${row.distance_percent} %`),
        el("span", {}, right, el("b", {}, usd(row.short_above_notional, 3))),
      );
    }),
  );
}
