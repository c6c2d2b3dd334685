/** A sweep in words: what price did to the size that stood in a cluster when it came there. */

import type { SweepAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { formatShort } from "../format/time";
import { percent } from "../format/usd";

/** 5 Feb 14:03: partly swept, 75 % of 4.0 liquidated, 0.5 closed by owners (own stops 0.3, known of 40 %), 1.0 still
 * there, overshoot 17 bp (placebo 4). */
export function sweepText(sweep: SweepAnswer): string {
  const parts = [
    `${percent(sweep.clear_fraction)} of ${formatSize(sweep.size_at_entry)} liquidated`,
    closedText(sweep),
    `${formatSize(sweep.still_there)} still there`,
    sweep.unknown > 0 ? `${formatSize(sweep.unknown)} unknown` : null,
    sweep.crossed_ms === null ? "not crossed" : overshootText(sweep),
  ].filter((text) => text !== null);
  return `${formatShort(sweep.entered_ms)}: ${sweep.outcome.replaceAll("_", " ")}, ${parts.join(", ")}`;
}

/** What owners took away, and how much of it their own stops closed: of accounts whose trigger orders were known. */
function closedText(sweep: SweepAnswer): string | null {
  const closed = sweep.closed_before + sweep.closed_after;
  if (!(closed > 0)) return null;
  const { closed_by_own_stop: byStop, stop_coverage: known } = sweep;
  const said = byStop === null ? "unknown" : `${formatSize(byStop)}, known of ${percent(known)}`;
  return `${formatSize(closed)} closed by owners (own stops ${said})`;
}

/** A span that was crossed has none while the sweep goes on, or where nobody saw the crossing. */
function overshootText(sweep: SweepAnswer): string {
  if (sweep.overshoot_bp === null) return "crossed, overshoot not known";
  const placebo = sweep.placebo_overshoot_bp;
  const beside = placebo === null ? "" : ` (lines without a cluster ${placebo.toFixed(1)})`;
  return `overshoot ${sweep.overshoot_bp.toFixed(1)} bp${beside}`;
}
