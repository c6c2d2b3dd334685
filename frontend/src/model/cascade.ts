/** Which state of a cascade is said first, and how. */

import type { CascadeStateRow } from "../api/schema";
import { formatShort } from "../format/time";
import { usd } from "../format/usd";

/** What is said first: the later in this list, the more it matters. */
const URGENCY = ["none", "over", "exhausted", "fading", "starting", "running"] as const;

export function mostUrgent(rows: readonly CascadeStateRow[]): CascadeStateRow | null {
  let found: CascadeStateRow | null = null;
  for (const row of rows) {
    if (found === null || URGENCY.indexOf(row.state) > URGENCY.indexOf(found.state)) found = row;
  }
  return found;
}

/** Running: longs sold, $2.1M in the last minute. */
export function badgeText(row: CascadeStateRow): string {
  if (row.state === "none") return row.rate_usd === null ? "cascade unknown: the minute was not watched" : "no cascade";
  const flow = row.direction === "sell" ? "longs sold" : "shorts bought";
  return `cascade ${row.state}: ${flow}, ${usd(row.rate_usd, 3)} in a minute`;
}

/** The rule that decided the state, with its figures. */
export const cascadeFigures = (row: CascadeStateRow): [name: string, value: string][] => [
  ["liquidated in the last minute", usd(row.rate_usd)],
  ["a cascade begins at", usd(row.threshold_usd)],
  ["by the rule", row.threshold_rule],
  ["accounts liquidated in the minute", row.account_count === null ? "unknown" : String(row.account_count)],
  ["largest minute", usd(row.peak_rate_usd)],
  ["liquidated so far", usd(row.liquidated_usd)],
  ["levels within two usual 5-minute moves ahead", usd(row.fuel_ahead_usd)],
  ["as of", `${formatShort(row.known_at_ms)} UTC`],
];
