/** The panel of liquidations: what happened, against the level this map showed before; with the reader's filter. */

import type { LiquidationRow, LiquidationsAnswer } from "../api/sources";
import { formatPrice, formatSize } from "../format/price";
import { formatClock, formatShort } from "../format/time";
import { distance, usd } from "../format/usd";
import { forcedFlow } from "../model/window";
import { el } from "./dom";
import { shortAddress } from "./drawer";
import { damageText } from "./limits";
import { isFiltered, type LiquidationFilter } from "./liquidation_filter";
import { morph } from "./morph";

/** Milliseconds. */
const DAY_MS = 86_400_000;
const METHODS: Readonly<Record<LiquidationRow["method"], string>> = {
  none: "no order",
  market: "to the book",
  backstop: "by the vault",
  adl: "auto-deleveraged",
};
const EVIDENCE: Readonly<Record<LiquidationRow["evidence"], readonly [word: string, meaning: string]>> = {
  exact: ["exact", "The exchange marked the fills as a liquidation"],
  inferred: [
    "inferred",
    "A known position at its level was closed by a print; not yet held against the account's fills",
  ],
  confirmed: ["confirmed", "Inferred from prints, then found among the account's fills"],
  refuted: ["refuted", "Inferred from prints, but the account's fills say it was an ordinary close"],
};

/** How far the price was from our level before it, percent; null where there was no level. */
export const missBy = (row: Pick<LiquidationRow, "price" | "predicted_liquidation_price">): number | null =>
  row.predicted_liquidation_price === null || row.predicted_liquidation_price <= 0
    ? null
    : 100 * (row.price / row.predicted_liquidation_price - 1);

/** 56 liquidations of 52 wallets, 1 more refuted. */
export function countText(
  totals: Pick<LiquidationsAnswer["totals"], "count" | "address_count" | "refuted_count">,
): string {
  const many = (count: number, word: string) => `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : "s"}`;
  const refuted = totals.refuted_count === 0 ? "" : `, ${totals.refuted_count.toLocaleString("en-US")} more refuted`;
  return `${many(totals.count, "liquidation")} of ${many(totals.address_count, "wallet")}${refuted}`;
}

/** A click on an event is told to whoever listens on `body`: the row's data-address names the wallet. */
export function renderLiquidations(
  body: HTMLElement,
  answer: LiquidationsAnswer | string | null,
  coin: string | null,
  filter: LiquidationFilter,
): void {
  if (answer === null || typeof answer === "string") {
    morph(body, [el("p", { class: "empty" }, answer ?? "loading")]);
    return;
  }
  const where = filter.coins === "all" ? "any coin" : (coin ?? "this coin");
  const rest = answer.totals.count + answer.totals.refuted_count - answer.liquidations.length;
  const focused = (document.activeElement as HTMLElement | null)?.dataset.event;
  const rows = answer.liquidations.map((row) => eventRow(row, filter.coins === "all"));
  const damaged = (answer.damaged ?? []).map((row) => el("p", { class: "empty" }, `Damaged file: ${damageText(row)}`));
  if (rows.length === 0) {
    const none = isFiltered(filter)
      ? `No liquidation of ${where} that was seen fits this filter.`
      : `No liquidation of ${where} has been seen. A live map lists them as they happen.`;
    const text = answer.note ?? none;
    morph(body, [el("p", { class: "empty" }, text), ...damaged]);
    return;
  }
  const older = el("button", { type: "button", class: "more-rows", "data-older": "" }, "show more");
  const more =
    rest > 0 ? [el("p", { class: "empty" }, `${rest.toLocaleString("en-US")} older ones are not listed. `, older)] : [];
  morph(body, [sums(answer), ...damaged, ...rows, ...more]);
  if (focused !== undefined)
    body.querySelector<HTMLElement>(`[data-event="${focused}"]`)?.focus({ preventScroll: true });
}

function sums(answer: LiquidationsAnswer): HTMLElement {
  const { totals } = answer;
  return el(
    "p",
    { class: "liquidation-sums" },
    `${countText(totals)}: `,
    el("b", { class: "long" }, usd(totals.long_notional, 3)),
    " of longs, ",
    el("b", { class: "short" }, usd(totals.short_notional, 3)),
    " of shorts",
  );
}

/** The clock of the last day, the date before that. */
const timeText = (ms: number): string => (Date.now() - ms < DAY_MS ? formatClock(ms) : formatShort(ms));

function eventRow(row: LiquidationRow, hasCoin: boolean): HTMLElement {
  const side = row.side === 1 ? "long" : "short";
  const [word, meaning] = EVIDENCE[row.evidence];
  const miss = missBy(row);
  const level =
    row.predicted_liquidation_price === null
      ? "level not known before"
      : `level ${formatPrice(row.predicted_liquidation_price)}, price ${distance(miss)} from it`;
  return el(
    "button",
    {
      type: "button",
      class: `liquidation ${side}${row.evidence === "refuted" ? " refuted" : ""}`,
      "data-event": `${row.address}/${row.coin}/${row.first_fill_ms}/${row.side}`,
      "data-address": row.address,
      title: `${row.address}: ${side} of ${row.coin} closed by ${forcedFlow(row.side)}, ${row.fill_count} fills`,
    },
    el("b", {}, usd(row.notional)),
    el("span", {}, `${hasCoin ? `${row.coin} ` : ""}${formatSize(row.size)} at ${formatPrice(row.price)}`),
    el(
      "time",
      { datetime: new Date(row.first_fill_ms).toISOString(), title: `${formatShort(row.first_fill_ms)} UTC` },
      timeText(row.first_fill_ms),
    ),
    el("span", { class: "more muted" }, `${side}, ${METHODS[row.method]}`),
    el("code", { class: "more" }, shortAddress(row.address)),
    el("span", { class: `more evidence ${row.evidence}`, title: meaning }, word),
    el("span", { class: "more wide muted" }, level),
  );
}
