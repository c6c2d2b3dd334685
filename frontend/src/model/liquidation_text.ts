/** Liquidations in words: how they were done, how they are known, how many, how far from their level. */

import type { LiquidationRow, LiquidationsAnswer } from "../api/sources";
import { counted } from "../format/count";
import { formatPrice } from "../format/price";
import { distance } from "../format/usd";

export const METHODS: Readonly<Record<LiquidationRow["method"], string>> = {
  none: "closed without an order",
  market: "sent to the order book",
  backstop: "taken by the liquidator vault",
  adl: "auto-deleveraged (ADL)",
};
export const EVIDENCE: Readonly<Record<LiquidationRow["evidence"], readonly [word: string, meaning: string]>> = {
  exact: ["marked by the exchange", "The exchange marked the fills as a liquidation"],
  inferred: [
    "seen in trades",
    "A known position at its level was closed by a print; not yet held against the account's fills",
  ],
  confirmed: ["seen, then confirmed", "Seen in trades, then found among the account's fills"],
  refuted: ["seen, then ruled out", "Seen in trades, but the account's fills say it was an ordinary close"],
};

/** How far the price was from our level before it, percent; null where there was no level. */
export const missBy = (row: Pick<LiquidationRow, "price" | "predicted_liquidation_price">): number | null =>
  row.predicted_liquidation_price === null || row.predicted_liquidation_price <= 0
    ? null
    : 100 * (row.price / row.predicted_liquidation_price - 1);

/** 56 liquidations of 52 wallets, 1 more ruled out. */
export function countText(
  totals: Pick<LiquidationsAnswer["totals"], "count" | "address_count" | "refuted_count">,
): string {
  const refuted = totals.refuted_count === 0 ? "" : `, ${totals.refuted_count.toLocaleString("en-US")} more ruled out`;
  return `${counted(totals.count, "liquidation")} of ${counted(totals.address_count, "wallet")}${refuted}`;
}

/** Our level before it 69,000.0, closed +0.43 % from it; or that there was none. */
export const levelText = (row: Pick<LiquidationRow, "price" | "predicted_liquidation_price">): string =>
  row.predicted_liquidation_price === null
    ? "we knew no level of it before"
    : `our level before it ${formatPrice(row.predicted_liquidation_price)}, closed ${distance(missBy(row))} from it`;
