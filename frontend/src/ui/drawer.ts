/** The drawer: the positions behind a band or a cluster, and from there one account. */

import type { AccountAnswer, Pool, PoolPosition, PositionsAnswer } from "../api/schema";
import { formatPrice, formatSize } from "../format/price";
import { formatTime } from "../format/time";
import { distance, percent, usd, usdFull } from "../format/usd";
import { forcedFlow } from "../model/window";
import { el } from "./dom";
import { DOUBT_SIGN } from "./standing";

export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** `more` asks for the next page; the rows listed so far are in `answer`. */
export function renderPositions(
  body: HTMLElement,
  answer: PositionsAnswer,
  open: (address: string) => void,
  more: () => void,
): void {
  const { totals, positions: rows } = answer;
  body.replaceChildren(
    el(
      "dl",
      { class: "sums" },
      ...pair("levels", `${formatPrice(answer.price_low)} – ${formatPrice(answer.price_high)}`),
      ...pair("long: forced sell", usdFull(totals.long_notional), { "data-total": "long" }),
      ...pair("short: forced buy", usdFull(totals.short_notional), { "data-total": "short" }),
      ...(totals.vault_notional > 0
        ? pair("of it vaults", usdFull(totals.vault_notional), { "data-total": "vaults" })
        : []),
      ...pair("accounts", String(totals.account_count)),
      ...pair("as of", formatTime(answer.as_of_ms)),
    ),
  );
  if (rows.length === 0) {
    body.append(el("p", { class: "empty" }, "No known level lies here."));
    return;
  }
  body.append(el("div", { class: "positions" }, ...rows.map((row) => positionRow(row, open))));
  if (totals.position_count > rows.length) {
    const button = el("button", { type: "button", class: "more-rows" }, "show more");
    button.addEventListener("click", () => {
      button.disabled = true;
      more();
    });
    const rest = (totals.position_count - rows.length).toLocaleString("en-US");
    body.append(el("p", { class: "muted", "data-rest": "" }, `and ${rest} smaller ones `, button));
  }
}

/** Why the rest is not there, in place of the button that asked for it. */
export function renderRestFailed(body: HTMLElement, reason: string): void {
  body.querySelector("[data-rest]")?.replaceChildren(el("span", { role: "alert" }, reason));
}

function positionRow(row: PositionsAnswer["positions"][number], open: (address: string) => void): HTMLElement {
  const side = row.side === 1 ? "long" : "short";
  const button = el(
    "button",
    { type: "button", class: `position ${side}`, "data-notional": row.notional, title: row.address },
    el("code", {}, shortAddress(row.address)),
    el("b", {}, usd(row.notional)),
    el("span", {}, formatPrice(row.liquidation_price)),
    el("span", { class: "muted" }, `${side}, ${forcedFlow(row.side)}`),
    el("span", { class: "muted" }, `${formatSize(row.size)}${row.leverage === null ? "" : `, ${row.leverage}×`}`),
    el(
      "span",
      { class: "muted" },
      `${row.margin_mode}, ${row.margin_source}${row.kind === "trader" ? "" : `, ${row.kind}`}`,
    ),
  );
  button.addEventListener("click", () => open(row.address));
  return button;
}

export function renderAccount(body: HTMLElement, answer: AccountAnswer): void {
  body.replaceChildren(
    el("code", { class: "address" }, answer.address),
    el("p", { class: "muted" }, `as of ${formatTime(answer.as_of_ms)}`),
    ...answer.pools.map(poolPart),
  );
  const left = answer.isolated_margin_left ?? null;
  if (left !== null) body.append(el("p", { class: "muted" }, `isolated margin without a position: ${usdFull(left)}`));
  if (answer.pools.length === 0) body.append(el("p", { class: "empty" }, "This address holds nothing at that time."));
}

function poolPart(pool: Pool): HTMLElement {
  return el(
    "section",
    { class: "pool" },
    el(
      "h3",
      {},
      `${pool.margin_mode} pool`,
      el("span", { class: "muted" }, ` ${pool.margin_source}${pool.kind === "trader" ? "" : `, ${pool.kind}`}`),
    ),
    pool.kind_reason === null ? null : el("p", { class: "muted" }, pool.kind_reason),
    pool.is_in_doubt === true
      ? el("p", { class: "doubt" }, `${DOUBT_SIGN} in doubt: it holds a coin whose figures cannot be right now`)
      : null,
    el(
      "dl",
      { class: "sums" },
      ...pair("account value", usd(pool.account_value)),
      ...pair("maintenance", usd(pool.maintenance_margin)),
      ...pair("free margin", usd(pool.free_margin)),
      ...pair("maintenance / value", percent(pool.health, 1), { title: "100 % is liquidatable" }),
      ...pair("state of", formatTime(pool.observed_ms)),
    ),
    ...pool.positions.map(poolPosition),
  );
}

function poolPosition(row: PoolPosition): HTMLElement {
  const side = row.side === 1 ? "long" : "short";
  const level =
    row.level_status === "ok"
      ? formatPrice(row.liquidation_price)
      : row.level_status === "no_level"
        ? "none"
        : "unknown";
  const published =
    row.published === "price"
      ? formatPrice(row.published_liquidation_price)
      : row.published === "none"
        ? "none"
        : "not given";
  return el(
    "div",
    { class: `holding ${side}` },
    el(
      "div",
      { class: "holding-head" },
      el("b", {}, row.coin),
      el("span", {}, `${side} ${formatSize(row.size)}`),
      el("span", {}, usd(row.notional)),
      el("span", { class: "muted" }, row.leverage === null ? "" : `${row.leverage}×`),
    ),
    el(
      "dl",
      { class: "sums" },
      ...pair("solved level", level),
      ...pair("published level", published),
      ...pair("distance", distance(row.distance_percent)),
      ...pair("entry", formatPrice(row.entry_price)),
      ...pair("backstop", formatPrice(row.backstop_price)),
      ...pair("bankruptcy", formatPrice(row.bankruptcy_price)),
    ),
    row.orders.length
      ? el(
          "p",
          { class: "muted" },
          `Expected ${forcedFlow(row.side)}: ${row.orders.map((order) => `${usd(order.notional, 3)} at ${formatPrice(order.price)}`).join(", then ")}`,
        )
      : null,
  );
}

function pair(name: string, value: string, attributes: Record<string, string> = {}): [HTMLElement, HTMLElement] {
  return [el("dt", {}, name), el("dd", attributes, value)];
}
