/** The panel of liquidations: what happened in this coin, against the level this map showed before. */

import type { LiquidationRow, LiquidationsAnswer } from "../api/sources";
import { formatPrice, formatSize } from "../format/price";
import { formatClock, formatShort } from "../format/time";
import { distance, usd } from "../format/usd";
import { forcedFlow } from "../model/window";
import { el } from "./dom";
import { shortAddress } from "./drawer";

/** Milliseconds. */
const DAY_MS = 86_400_000;
const METHODS: Readonly<Record<LiquidationRow["method"], string>> = {
  none: "no order",
  market: "to the book",
  backstop: "by the vault",
  deleveraging: "auto-deleveraged",
};
const EVIDENCE: Readonly<Record<LiquidationRow["evidence"], readonly [word: string, meaning: string]>> = {
  exact: ["exact", "The exchange marked the fills as a liquidation"],
  inferred: ["inferred", "A known position at its level was closed by a print; not yet held against the account's fills"],
  confirmed: ["confirmed", "Inferred from prints, then found among the account's fills"],
  refuted: ["refuted", "Inferred from prints, but the account's fills say it was an ordinary close"],
};

/** How far the price was from our level before it, percent; null where there was no level. */
export const missBy = (row: Pick<LiquidationRow, "price" | "predicted_price">): number | null =>
  row.predicted_price === null || row.predicted_price <= 0 ? null : 100 * (row.price / row.predicted_price - 1);

export function renderLiquidations(
  body: HTMLElement,
  answer: LiquidationsAnswer | string | null,
  coin: string | null,
  open: (address: string) => void,
): void {
  if (answer === null || typeof answer === "string") {
    body.replaceChildren(el("p", { class: "empty" }, answer ?? "loading"));
    return;
  }
  if (answer.liquidations.length === 0) {
    body.replaceChildren(el("p", { class: "empty" }, `No liquidation of ${coin ?? "this coin"} has been seen.`));
    return;
  }
  const focused = (document.activeElement as HTMLElement | null)?.dataset["event"];
  body.replaceChildren(sums(answer), ...answer.liquidations.map((row) => eventRow(row, open)));
  if (focused !== undefined) body.querySelector<HTMLElement>(`[data-event="${focused}"]`)?.focus();
}

function sums(answer: LiquidationsAnswer): HTMLElement {
  const { totals } = answer;
  const refuted = totals.refuted_count === 0 ? "" : `, ${totals.refuted_count} more refuted`;
  return el(
    "p",
    { class: "liquidation-sums" },
    `${totals.count.toLocaleString("en-US")} of ${totals.address_count.toLocaleString("en-US")} wallets${refuted}: `,
    el("b", { class: "long" }, usd(totals.long_notional, 3)),
    " of longs, ",
    el("b", { class: "short" }, usd(totals.short_notional, 3)),
    " of shorts",
  );
}

/** The clock of the last day, the date before that. */
const timeText = (ms: number): string => (Date.now() - ms < DAY_MS ? formatClock(ms) : formatShort(ms));

function eventRow(row: LiquidationRow, open: (address: string) => void): HTMLElement {
  const side = row.side === 1 ? "long" : "short";
  const [word, meaning] = EVIDENCE[row.evidence];
  const miss = missBy(row);
  const level =
    row.predicted_price === null ? "level not known before" : `level ${formatPrice(row.predicted_price)}, price ${distance(miss)} from it`;
  const button = el(
    "button",
    {
      type: "button",
      class: `liquidation ${side}${row.evidence === "refuted" ? " refuted" : ""}`,
      "data-event": `${row.address}/${row.first_ms}/${row.side}`,
      title: `${row.address}: ${side} closed by ${forcedFlow(row.side)}, ${row.fill_count} fills`,
    },
    el("b", {}, usd(row.notional)),
    el("span", {}, `${formatSize(row.size)} at ${formatPrice(row.price)}`),
    el("time", { datetime: new Date(row.first_ms).toISOString(), title: `${formatShort(row.first_ms)} UTC` }, timeText(row.first_ms)),
    el("span", { class: "more muted" }, `${side}, ${METHODS[row.method]}`),
    el("code", { class: "more" }, shortAddress(row.address)),
    el("span", { class: `more evidence ${row.evidence}`, title: meaning }, word),
    el("span", { class: "more wide muted" }, level),
  );
  button.addEventListener("click", () => open(row.address));
  return button;
}
