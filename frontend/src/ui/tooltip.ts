/** The tooltip of the cell under the pointer: first what the map holds, then what the server says of the accounts. */

import type { Cluster, PositionsAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { formatShort } from "../format/time";
import { distance, usd } from "../format/usd";
import { ageText, heldText, persistenceText, spanTexts } from "../model/held";
import { type Cell, forcedFlow, usdOf } from "../model/window";
import { el } from "./dom";

const OFFSET = 16;

/** The question a tooltip asks the server; a newer one makes it void. */
export type Details = PositionsAnswer | "asking" | "failed" | null;

export function renderTooltip(
  box: HTMLElement,
  cell: Cell,
  mark: number | null,
  details: Details,
  clusters: readonly Cluster[],
): void {
  const middle = Math.sqrt(cell.priceLow * cell.priceHigh);
  // What it speaks of, for tests and scripts.
  Object.assign(box.dataset, { band: cell.band, level: cell.level, asOf: cell.asOfMs ?? "" });
  const away = mark === null ? null : (middle / mark - 1) * 100;
  box.replaceChildren(
    el(
      "div",
      { class: "tip-head" },
      el("span", {}, `${formatPrice(cell.priceLow)} – ${formatPrice(cell.priceHigh)}`),
      el("span", { class: "muted" }, distance(away)),
    ),
  );
  if (cell.asOfMs === null) {
    box.append(el("div", { class: "muted" }, "not loaded: no frame of this time"));
    return;
  }
  if (usdOf(cell) === 0) box.append(el("div", { class: "muted" }, "nothing known here"));
  else box.append(sideLine("long", cell.long), sideLine("short", cell.short));
  if (details !== null && usdOf(cell) > 0) box.append(detailLine(details));
  box.append(...clusterLines(middle, clusters));
  box.append(el("div", { class: "muted" }, `as of ${formatShort(cell.asOfMs)} UTC`));
}

function sideLine(name: "long" | "short", value: number | null): HTMLElement {
  const flow = forcedFlow(name === "long" ? 1 : -1);
  return el(
    "div",
    { class: `tip-side ${name}`, "data-side": name },
    el("span", {}, name),
    el("b", {}, usd(value)),
    el("span", { class: "muted" }, value ? flow : ""),
  );
}

function detailLine(details: Exclude<Details, null>): HTMLElement {
  if (details === "asking") return el("div", { class: "muted", "data-details": "asking" }, "…");
  if (details === "failed") return el("div", { class: "muted", "data-details": "failed" }, "accounts: no answer");
  const sources = [...new Set(details.positions.map((row) => row.margin_source))].join(", ");
  const { account_count: accounts, position_count: positions, vault_notional: vaults } = details.totals;
  return el(
    "div",
    { "data-details": "known" },
    `${accounts} ${accounts === 1 ? "account" : "accounts"}, ${positions} ${positions === 1 ? "position" : "positions"}`,
    el("span", { class: "muted" }, ` ${sources}`),
    vaults > 0 ? el("div", { "data-vaults": vaults }, `of it vaults ${usd(vaults)}`) : null,
    ...spanTexts(details.ages ?? []).map((text) => el("div", { "data-span-held": "" }, text)),
  );
}

/** How long the clusters of now that hold this price have stood. */
function clusterLines(price: number, clusters: readonly Cluster[]): HTMLElement[] {
  return clusters
    .filter((cluster) => cluster.price_low <= price && price < cluster.price_high && heldText(cluster) !== null)
    .map((cluster) =>
      el(
        "div",
        { class: "tip-held", "data-held": cluster.cluster_id ?? "" },
        `${cluster.side === 1 ? "longs" : "shorts"} `,
        el("b", {}, heldText(cluster) ?? ""),
        el(
          "span",
          { class: "muted" },
          [persistenceText(cluster), ageText(cluster)].flatMap((text) => (text === null ? [] : [`, ${text}`])).join(""),
        ),
      ),
    );
}

/** Beside the pointer, inside the chart. */
export function placeTooltip(box: HTMLElement, x: number, y: number, width: number, height: number): void {
  box.hidden = false;
  const left = x + OFFSET + box.offsetWidth > width ? Math.max(x - OFFSET - box.offsetWidth, 0) : x + OFFSET;
  const top = Math.min(Math.max(y + OFFSET, 0), Math.max(height - box.offsetHeight - 4, 0));
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
