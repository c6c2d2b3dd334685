/** Stops and take-profits of an answer, in the rows of the map: sums of finer bands of one kind, and of nothing else. */

import type { TriggersAnswer } from "../api/triggers";
import type { TriggerBar, TriggerGroup } from "../primitives/triggers";

type Kind = NonNullable<TriggersAnswer["bands"]>["kind"][number];

const GROUPS: Readonly<Record<Kind, TriggerGroup>> = {
  stop_sell: "stop_sell",
  stop_buy: "stop_buy",
  take_profit_sell: "take_profit",
  take_profit_buy: "take_profit",
};

export interface TriggerSum extends TriggerBar {
  /** Index of the row in the price grid at the level asked for. */
  readonly band: number;
  readonly orderCount: number;
}

/** By row and group, rising; none where the source has no trigger orders or none is known. */
export function triggerSums(answer: TriggersAnswer, level: number): TriggerSum[] {
  const { bands } = answer;
  if (bands === null) return [];
  const merged = 2 ** (level - answer.level);
  const sums = new Map<string, TriggerSum>();
  bands.band.forEach((fine, row) => {
    const [kind, low, high] = [bands.kind[row], bands.price_low[row], bands.price_high[row]];
    if (kind === undefined || low === undefined || high === undefined) return;
    const [band, group] = [Math.floor(fine / merged), GROUPS[kind]];
    const [before, usd] = [sums.get(`${band}/${group}`), bands.notional[row] ?? 0];
    // The edges of the whole row: the grid is logarithmic, and each fine band a step of it.
    const step = Math.log(high / low);
    sums.set(`${band}/${group}`, {
      band,
      group,
      low: low * Math.exp((band * merged - fine) * step),
      high: low * Math.exp(((band + 1) * merged - fine) * step),
      usd: (before?.usd ?? 0) + usd,
      orderCount: (before?.orderCount ?? 0) + (bands.order_count[row] ?? 0),
    });
  });
  return [...sums.values()].sort((a, b) => a.band - b.band);
}
