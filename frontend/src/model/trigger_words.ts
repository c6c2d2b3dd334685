/** What is said of trigger orders: in the legend, at the pointer, beside a cluster. What was not read is unknown, never none. */

import type { Cluster } from "../api/schema";
import type { TriggersAnswer } from "../api/triggers";
import { counted } from "../format/count";
import { formatAge, formatShort } from "../format/time";
import { percent, usd } from "../format/usd";
import type { TriggerGroup } from "../primitives/triggers";
import type { TriggerSum } from "./trigger_bars";

const NAMES: Readonly<Record<TriggerGroup, string>> = {
  stop_sell: "stop sells",
  stop_buy: "stop buys",
  take_profit: "take-profits",
};

const orders = (count: number): string => counted(count, "order");

export interface TriggerLegend {
  /** The signs that are drawn, with what is known of each at all prices. */
  readonly groups: readonly { readonly group: TriggerGroup; readonly text: string }[];
  readonly notes: readonly string[];
}

export function triggerLegend(answer: TriggersAnswer): TriggerLegend {
  const { totals, coverage, left_out: leftOut, notes } = answer;
  if (!answer.has_triggers || totals === null) {
    return { groups: [], notes: notes.length > 0 ? notes : ["This source has none: they are unknown here, not zero."] };
  }
  const said = (kind: (typeof totals)[number]["kind"], words: string): string => {
    const total = totals.find((each) => each.kind === kind);
    return `${words}: ${usd(total?.notional ?? 0)} in ${orders(total?.order_count ?? 0)}`;
  };
  return {
    groups: [
      { group: "stop_sell", text: said("stop_sell", "stop sells, below the mark") },
      { group: "stop_buy", text: said("stop_buy", "stop buys, above the mark") },
      {
        group: "take_profit",
        text: `${said("take_profit_sell", "take-profits, sells above the mark")}; ${said("take_profit_buy", "buys below it")}`,
      },
    ],
    notes: [
      coverageText(coverage),
      "What was not read is unknown: a price without a bar may have stops.",
      ...(leftOut ?? []).map(({ order_count: count, text }) => `${orders(count)} in no bar: ${text}`),
      ...notes,
    ],
  };
}

/** Of how much of the coin they are known, and how old that is. */
export function coverageText(coverage: TriggersAnswer["coverage"]): string {
  if (coverage === null) return "Known of: unknown.";
  const { share, long_share: long, short_share: short, median_age_ms: age } = coverage;
  const known = `${coverage.known_account_count.toLocaleString("en-US")} of ${coverage.account_count.toLocaleString("en-US")} accounts`;
  const read = age === null ? "none was read" : `read ${formatAge(age)} ago at the median`;
  return `Known of ${percent(share)} of the open size (longs ${percent(long)}, shorts ${percent(short)}), ${known}; ${read}.`;
}

/** At a row of the map: one line each, with their own time, which is not that of the cell pointed at. */
export const triggersHere = (sums: readonly TriggerSum[], band: number, asOfMs: number): string[] =>
  sums
    .filter((sum) => sum.band === band)
    .map(
      (sum) => `${NAMES[sum.group]} known at ${formatShort(asOfMs)} UTC: ${usd(sum.usd)} in ${orders(sum.orderCount)}`,
    );

/** Two edges of one grid, computed twice. */
const SAME = 1e-9;

/** How much of a cluster own stops close before its level; null: the source has none, or its bands are not in the answer. */
export function stopBeforeText(
  answer: TriggersAnswer | null,
  cluster: Pick<Cluster, "side" | "price_low" | "price_high">,
): string | null {
  const levels = answer?.levels ?? null;
  if (levels === null) return null;
  let [rows, known, stopped] = [0, 0, 0];
  levels.band.forEach((_, row) => {
    const [low, high] = [levels.price_low[row] ?? 0, levels.price_high[row] ?? 0];
    const isInside = low >= cluster.price_low * (1 - SAME) && high <= cluster.price_high * (1 + SAME);
    if (levels.side[row] !== cluster.side || !isInside) return;
    rows += 1;
    known += levels.known_notional[row] ?? 0;
    stopped += levels.stopped_notional[row] ?? 0;
  });
  if (rows === 0) return null;
  if (known === 0) return "stops before it: not read";
  return `of it ${usd(stopped)} have a stop before (read of ${usd(known)})`;
}
