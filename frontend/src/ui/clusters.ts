/** The list of clusters and the balance of both sides near the mark. */

import type { AsymmetryAnswer, Cluster, ClustersAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { formatShort } from "../format/time";
import { distance, usd } from "../format/usd";
import { ageText, HELD_WORDS, type Held, heldText, persistenceText } from "../model/held";
import { forcedFlow } from "../model/window";
import { el } from "./dom";

export const ORDERS = { usd: "USD", distance: "Distance", held: "Held" } as const;
export type Order = keyof typeof ORDERS;
const MAX_ROWS = 60;

export function sortClusters(clusters: readonly Cluster[], order: Order): Cluster[] {
  return [...clusters].sort(BY[order]);
}

const BY: Readonly<Record<Order, (a: Cluster, b: Cluster) => number>> = {
  usd: (a, b) => b.notional - a.notional,
  distance: (a, b) => Math.abs(a.distance_percent) - Math.abs(b.distance_percent),
  // What is not known stands last.
  held: (a, b) => (b.weighted_age_ms ?? -1) - (a.weighted_age_ms ?? -1),
};

export const sameCluster = (a: Cluster, b: Cluster): boolean =>
  a.side === b.side && a.price_low === b.price_low && a.price_high === b.price_high;

/** One button a cluster; `choose` shows it on the chart and lists the accounts behind. */
export function renderClusters(
  list: HTMLElement,
  answer: ClustersAnswer | null,
  order: Order,
  chosen: Cluster | null,
  choose: (cluster: Cluster) => void,
  held: Held = "any",
): void {
  if (answer === null || answer.clusters.length === 0) {
    list.replaceChildren(el("p", { class: "empty" }, answer === null ? "loading" : emptyText(answer, held)));
    return;
  }
  const rows = sortClusters(answer.clusters, order).slice(0, MAX_ROWS);
  const largest = Math.max(...answer.clusters.map((cluster) => cluster.notional));
  const focused = (document.activeElement as HTMLElement | null)?.dataset.cluster;
  list.replaceChildren(...rows.map((cluster) => clusterRow(cluster, largest, chosen, choose)));
  if (focused !== undefined) list.querySelector<HTMLElement>(`[data-cluster="${focused}"]`)?.focus();
}

const emptyText = (answer: ClustersAnswer, held: Held): string =>
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

const STATES: Readonly<Record<string, string>> = {
  entered: "entered now",
  crossed: "crossed",
  left: "left again",
};

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
    ...ageParts(cluster),
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

/** The weighted age first, persistence, and what a sweep did; nothing where nothing was studied. */
function ageParts(cluster: Cluster): HTMLElement[] {
  const held = heldText(cluster);
  if (held === null) return [];
  const state = STATES[cluster.sweep_state ?? ""] ?? "";
  return [
    el("span", { class: "held", title: ageText(cluster) ?? "" }, held),
    el("span", { class: "persistence muted" }, persistenceText(cluster) ?? ""),
    el("span", { class: "sweep-state" }, state),
  ];
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
