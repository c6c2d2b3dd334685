/** What stands above the accounts of a cluster: how long it has stood, its life, its sweeps and its liquidations. */

import { ApiError, fetchEvents, fetchLife, isAbort } from "../api/client";
import type { Cluster, ClusterLifeAnswer, EventAnswer, EventsAnswer, SweepAnswer } from "../api/schema";
import { formatPrice, formatSize } from "../format/price";
import { formatShort } from "../format/time";
import { percent, usd } from "../format/usd";
import { ageText, heldText, persistenceText } from "../model/held";
import { reasonTotals, reasonWords } from "../model/reasons";
import { el, sums } from "./dom";
import { impactText } from "./events";
import { lifeChart } from "./life_chart";

const MAX_EVENTS = 20;
const MAX_SWEEPS = 5;

export interface LifeHandlers {
  readonly openWallet: (address: string) => void;
}

/** A box that fills itself; what cannot be known says why. */
export function clusterLife(coin: string, cluster: Cluster, handlers: LifeHandlers, signal: AbortSignal): HTMLElement {
  const box = el("section", { class: "cluster-life", "aria-label": "The cluster through time" });
  const id = cluster.cluster_id ?? null;
  if (id === null) {
    box.append(
      el("p", { class: "muted" }, "No identity through time: it is in none of the clusters that were followed."),
    );
    return box;
  }
  box.dataset.cluster = id;
  box.append(el("p", { class: "muted" }, "loading"));
  void fill(box, coin, id, handlers, signal);
  return box;
}

async function fill(
  box: HTMLElement,
  coin: string,
  id: string,
  handlers: LifeHandlers,
  signal: AbortSignal,
): Promise<void> {
  try {
    const [life, events] = await Promise.all([
      fetchLife(coin, id, signal),
      fetchEvents(coin, { cluster_id: id }, MAX_EVENTS, signal),
    ]);
    box.replaceChildren(...lifeParts(life, events, handlers));
  } catch (error) {
    if (isAbort(error)) return;
    const reason = error instanceof ApiError ? error.message : "the server does not answer";
    box.replaceChildren(el("p", { class: "muted", role: "alert" }, reason));
  }
}

function lifeParts(life: ClusterLifeAnswer, events: EventsAnswer, handlers: LifeHandlers): HTMLElement[] {
  const { cluster } = life;
  const texts = [heldText(cluster), persistenceText(cluster), ageText(cluster)].filter((text) => text !== null);
  const family = [
    cluster.parent === null ? null : "split from another",
    life.children.length === 0 ? null : `${life.children.length} split from it`,
    life.merged.length === 0 ? null : `${life.merged.length} ended in it`,
  ].filter((text) => text !== null);
  return [
    el(
      "p",
      { class: "ages" },
      el("b", {}, texts[0] ?? "age unknown"),
      ` ${[...texts.slice(1), ...family].join(" · ")}`,
    ),
    lifeChart(life),
    whyList(life),
    ...sweepParts(life.sweeps),
    ...eventParts(events, handlers),
  ];
}

/** The chart in words. */
function whyList(life: ClusterLifeAnswer): HTMLElement {
  const totals = reasonTotals(life.changes);
  const rows = totals.map(([reason, size]): [string, string] => [
    reasonWords(reason),
    `${size > 0 ? "+" : "−"}${formatSize(Math.abs(size))}`,
  ]);
  return el(
    "details",
    { class: "why" },
    el("summary", {}, "Why it changed, coins by reason"),
    rows.length === 0 ? el("p", { class: "muted" }, "No change was recorded.") : sums(rows),
  );
}

function sweepParts(sweeps: readonly SweepAnswer[]): HTMLElement[] {
  if (sweeps.length === 0) return [];
  return [
    el("h3", {}, "Sweeps"),
    ...sweeps.slice(0, MAX_SWEEPS).map((sweep) => el("p", { class: "sweep" }, sweepText(sweep))),
  ];
}

/** 5 Feb 14:03: partly swept, 75 % of 4.0 liquidated, 1.0 still there, overshoot 17 bp (placebo 4). */
export function sweepText(sweep: SweepAnswer): string {
  const parts = [
    `${percent(sweep.clear_fraction)} of ${formatSize(sweep.size_at_entry)} liquidated`,
    `${formatSize(sweep.still_there)} still there`,
    sweep.unknown > 0 ? `${formatSize(sweep.unknown)} unknown` : null,
    sweep.crossed_ms === null ? "not crossed" : overshootText(sweep),
  ].filter((text) => text !== null);
  return `${formatShort(sweep.entered_ms)}: ${sweep.outcome.replaceAll("_", " ")}, ${parts.join(", ")}`;
}

/** A span that was crossed has none while the sweep goes on, or where nobody saw the crossing. */
function overshootText(sweep: SweepAnswer): string {
  if (sweep.overshoot_bp === null) return "crossed, overshoot not known";
  const placebo = sweep.placebo_overshoot_bp;
  const beside = placebo === null ? "" : ` (lines without a cluster ${placebo.toFixed(1)})`;
  return `overshoot ${sweep.overshoot_bp.toFixed(1)} bp${beside}`;
}

function eventParts(answer: EventsAnswer, handlers: LifeHandlers): HTMLElement[] {
  if (answer.events.length === 0) return [];
  const rest = answer.totals.count - answer.events.length;
  return [
    el("h3", {}, `${answer.totals.count.toLocaleString("en-US")} liquidated here`),
    ...answer.events.map((event) => eventRow(event, handlers)),
    ...(rest > 0 ? [el("p", { class: "muted" }, `and ${rest.toLocaleString("en-US")} older ones`)] : []),
  ];
}

function eventRow(event: EventAnswer, handlers: LifeHandlers): HTMLElement {
  const button = el(
    "button",
    { type: "button", class: `liquidation ${event.side === 1 ? "long" : "short"}`, "data-event-id": event.event_id },
    el("b", {}, usd(event.notional)),
    el("span", {}, `${formatSize(event.size)} at ${formatPrice(event.price)}`),
    el("time", {}, formatShort(event.first_fill_ms)),
    el("span", { class: "more wide muted" }, impactText(event)),
  );
  button.addEventListener("click", () => handlers.openWallet(event.address ?? ""));
  button.disabled = event.address === null;
  return button;
}
