/** Liquidations of the last hours by side, and how much of that time somebody watched: what nobody saw is not nothing. */

import type { ContextAnswer } from "../api/openapi";
import type { LiquidationsAnswer } from "../api/sources";
import { formatAge } from "../format/time";
import { UNKNOWN, usd } from "../format/usd";

export const RECENT_HOURS = [1, 4, 24] as const;
export const HOUR_MS = 3_600_000;

export interface RecentRow {
  readonly hours: number;
  readonly long: string;
  readonly short: string;
  /** Why it may be more; null: all of that time was watched. */
  readonly seen: string | null;
}

/** Milliseconds of [startMs, endMs) in columns whose liquidations are known. */
export function watchedMs(context: ContextAnswer, startMs: number, endMs: number): number {
  let watched = 0;
  context.liquidated_long_usd.forEach((usdOfColumn, column) => {
    const from = Math.max(context.start_ms + column * context.step_ms, startMs);
    const to = Math.min(context.start_ms + (column + 1) * context.step_ms, endMs);
    if (usdOfColumn !== null && to > from) watched += to - from;
  });
  return watched;
}

/** A row of the table: sums where the time was watched but for a column at its edge, else "at least", or unknown. */
export function recentRow(
  hours: number,
  endMs: number,
  totals: LiquidationsAnswer["totals"],
  context: ContextAnswer,
): RecentRow {
  const watched = watchedMs(context, endMs - hours * HOUR_MS, endMs);
  const isWhole = hours * HOUR_MS - watched < context.step_ms;
  const text = (amount: number): string => (isWhole ? usd(amount) : amount > 0 ? `at least ${usd(amount)}` : UNKNOWN);
  return {
    hours,
    long: text(totals.long_notional),
    short: text(totals.short_notional),
    seen: isWhole ? null : watched === 0 ? "not watched" : `watched for ${formatAge(watched)} of it`,
  };
}
