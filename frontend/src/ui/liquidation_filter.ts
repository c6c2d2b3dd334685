/** What of the liquidations is listed: of this coin or all, by side, evidence and least USD. */

import { el } from "./dom";

export interface LiquidationFilter {
  readonly coins: "this" | "all";
  readonly side: "both" | "1" | "-1";
  readonly evidence: "any" | "exact" | "inferred" | "confirmed" | "refuted";
  /** USD, as text. */
  readonly least: "0" | "10000" | "100000" | "1000000";
}

export const ALL_LIQUIDATIONS: LiquidationFilter = { coins: "this", side: "both", evidence: "any", least: "0" };

const CHOICES: { readonly [Name in keyof LiquidationFilter]: readonly (readonly [LiquidationFilter[Name], string])[] } =
  {
    coins: [
      ["this", "this coin"],
      ["all", "all coins"],
    ],
    side: [
      ["both", "longs and shorts"],
      ["1", "longs"],
      ["-1", "shorts"],
    ],
    evidence: [
      ["any", "however known"],
      ["exact", "exact"],
      ["inferred", "inferred"],
      ["confirmed", "confirmed"],
      ["refuted", "refuted"],
    ],
    least: [
      ["0", "any size"],
      ["10000", "$10k and more"],
      ["100000", "$100k and more"],
      ["1000000", "$1M and more"],
    ],
  };
const LABELS: Readonly<Record<keyof LiquidationFilter, string>> = {
  coins: "Which coins",
  side: "Side",
  evidence: "How it is known",
  least: "Least USD",
};

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

/** Four selects, filled once. */
export function buildLiquidationFilter(box: HTMLElement, choose: (filter: LiquidationFilter) => void): void {
  let filter = ALL_LIQUIDATIONS;
  const names = Object.keys(CHOICES) as (keyof LiquidationFilter)[];
  box.replaceChildren(
    ...names.map((name) => {
      const select = el(
        "select",
        { "aria-label": LABELS[name] },
        ...CHOICES[name].map(([value, text]) => el("option", { value }, text)),
      );
      select.addEventListener("change", () => {
        filter = { ...filter, [name]: select.value };
        choose(filter);
      });
      return select;
    }),
  );
}
