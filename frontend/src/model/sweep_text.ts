/** A sweep in words: what price did to the size that stood in a cluster when it came there. */

import type { SweepAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { formatShort } from "../format/time";
import { percent } from "../format/usd";

/** 5 Feb 14:03: partly swept, 75 % of 4.0 liquidated, 1.0 still there, overshoot 17 bp (placebo 4). */
export function sweepText(sweep: SweepAnswer): string {
  const parts = [
    `${percent(sweep.clear_fraction)} of ${formatSize(sweep.size_at_entry)} liquidated`,
    `${formatSize(sweep.still_there)} still there`,
    sweep.unknown > 0 ? `${formatSize(sweep.unknown)} unknown` : null,
    sweep.crossed_ms === null ? "not crossed" : overshootText(sweep),
  ].filter((text) => text !== null);
  return `${formatShort(sweep.entered_ms)}: ${sweep.outcome.replaceAll("_", " ")}, ${parts.join(", ")}`;
}

/** A span that was crossed has none while the sweep goes on, or where nobody saw the crossing. */
function overshootText(sweep: SweepAnswer): string {
  if (sweep.overshoot_bp === null) return "crossed, overshoot not known";
  const placebo = sweep.placebo_overshoot_bp;
  const beside = placebo === null ? "" : ` (lines without a cluster ${placebo.toFixed(1)})`;
  return `overshoot ${sweep.overshoot_bp.toFixed(1)} bp${beside}`;
}
