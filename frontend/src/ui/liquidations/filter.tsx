/** Which liquidations are listed: four selects. */

import type { LiquidationFilter } from "../../model/liquidation_filter";
import { narrowLiquidations } from "../../state/liquidation_list";
import { usePage } from "../use_page";

type Choices = {
  readonly [Name in keyof LiquidationFilter]: readonly (readonly [value: LiquidationFilter[Name], text: string])[];
};

const CHOICES: Choices = {
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
    ["any", "seen or marked"],
    ["exact", "marked by the exchange"],
    ["inferred", "seen in trades"],
    ["confirmed", "seen, then confirmed"],
    ["refuted", "seen, then ruled out"],
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
const NAMES = Object.keys(CHOICES) as (keyof LiquidationFilter)[];

export function Filter() {
  const page = usePage();
  const filter = page.filter.value;
  return (
    <div id="liquidation-filter" class="liquidation-filter" role="group" aria-label="Which liquidations are listed">
      {NAMES.map((name) => (
        <select
          key={name}
          aria-label={LABELS[name]}
          value={filter[name]}
          onChange={(event) => narrowLiquidations(page, { [name]: event.currentTarget.value })}
        >
          {CHOICES[name].map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}
