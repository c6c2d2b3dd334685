/** The chain from cluster to cluster in words: simulated and measured apart. */

import type { ChainLink, ChainSide } from "../api/odds";
import { formatPrice } from "../format/price";
import { distance, percent, usd } from "../format/usd";

export interface ChainRow {
  readonly name: string;
  readonly simulated: string;
  readonly usd: string;
}

/** Of the first cluster there is no probability: the odds tell of it. */
export const chainRow = (link: ChainLink): ChainRow => ({
  name: `${formatPrice(link.price_low)} – ${formatPrice(link.price_high)}, ${usd(link.notional, 3)}, ${distance(link.distance_percent)}`,
  simulated:
    link.probability === null
      ? link.place === 0
        ? "–"
        : "unknown"
      : `${percent(link.probability)}${interval(link)}, ${link.reached_paths} of ${link.from_paths}`,
  usd: link.usd_expected === null ? (link.place === 0 ? "–" : "unknown") : usd(link.usd_expected, 3),
});

/** Measured: after 12 of 40 sweeps the mark met a further cluster within the hour, 30 % (18 % to 45 %). */
export function measuredText({ measured, measured_count: count, measured_reached: reached }: ChainSide): string {
  const said = `Measured: after ${reached} of ${count} sweeps of this side the mark met a further cluster within the hour`;
  return measured === null
    ? `${said}; below 20 no share is told.`
    : `${said}, ${percent(measured.share)}${interval(measured)}.`;
}

const interval = ({ low, high }: { readonly low: number | null; readonly high: number | null }): string =>
  low === null || high === null ? "" : ` (${percent(low)} to ${percent(high)})`;
