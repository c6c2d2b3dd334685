/** What of the liquidations is listed: of this coin or all, by side, evidence and least USD. */

export interface LiquidationFilter {
  readonly coins: "this" | "all";
  readonly side: "both" | "1" | "-1";
  readonly evidence: "any" | "exact" | "inferred" | "confirmed" | "refuted";
  /** USD, as text. */
  readonly least: "0" | "10000" | "100000" | "1000000";
}

export const ALL_LIQUIDATIONS: LiquidationFilter = { coins: "this", side: "both", evidence: "any", least: "0" };

/** True where more than the coin narrows the list. */
export const isFiltered = (filter: LiquidationFilter): boolean =>
  filter.side !== "both" || filter.evidence !== "any" || filter.least !== "0";

/** The parameters of the question; undefined is left out. */
export function questionOf(filter: LiquidationFilter, coin: string): Readonly<Record<string, string | undefined>> {
  return {
    coin: filter.coins === "all" ? undefined : coin,
    side: filter.side === "both" ? undefined : filter.side,
    evidence: filter.evidence === "any" ? undefined : filter.evidence,
    min_notional: filter.least === "0" ? undefined : filter.least,
  };
}
