/** Reasons of a change in six groups that a chart can tell apart, and their sums by step. */

import type { LifeReason } from "../api/schema";

export const GROUPS = ["came", "left", "liquidated", "moved", "ours", "unknown"] as const;
export type Group = (typeof GROUPS)[number];

export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  came: "opened or added",
  left: "reduced or closed by owners",
  liquidated: "liquidated or deleveraged",
  moved: "levels moved (margin, funding, other coins)",
  ours: "our own borders or knowledge changed",
  unknown: "not reported",
};

type Reason = LifeReason["reason"];

const GROUP_OF: Readonly<Record<Reason, Group>> = {
  opened: "came",
  added: "came",
  reduced: "left",
  closed: "left",
  flipped: "left",
  liquidated_book: "liquidated",
  liquidated_backstop: "liquidated",
  deleveraged: "liquidated",
  deleveraged_as_winner: "liquidated",
  moved_by_margin: "moved",
  moved_by_trades: "moved",
  moved_by_liquidation: "moved",
  moved_by_funding: "moved",
  moved_by_marks: "moved",
  moved_by_tier: "moved",
  rule_changed: "moved",
  span_moved: "ours",
  learnt: "ours",
  forgotten: "ours",
  corrected: "ours",
  interaction: "moved",
  not_reported: "unknown",
};

/** Who flipped came to this side or went from it. */
export function groupOf(reason: Reason, size: number): Group {
  return reason === "flipped" && size > 0 ? "came" : GROUP_OF[reason];
}

/** moved_by_margin: moved by margin. */
export const reasonWords = (reason: string): string => reason.replaceAll("_", " ");

export interface StepSums {
  readonly timeMs: number;
  /** Coins that came, by group; above 0. */
  readonly up: Readonly<Partial<Record<Group, number>>>;
  /** Coins that went, by group; above 0. */
  readonly down: Readonly<Partial<Record<Group, number>>>;
}

/** Sums by step and group: what came and what went are kept apart, so that they do not hide each other. */
export function stepSums(rows: readonly LifeReason[]): StepSums[] {
  const steps = new Map<number, { up: Partial<Record<Group, number>>; down: Partial<Record<Group, number>> }>();
  for (const row of rows) {
    const step = steps.get(row.time_ms) ?? { up: {}, down: {} };
    steps.set(row.time_ms, step);
    const side = row.size >= 0 ? step.up : step.down;
    const group = groupOf(row.reason, row.size);
    side[group] = (side[group] ?? 0) + Math.abs(row.size);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([timeMs, { up, down }]) => ({ timeMs, up, down }));
}

/** Sums of the whole life by reason, largest first. */
export function reasonTotals(rows: readonly LifeReason[]): [reason: string, size: number][] {
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(row.reason, (totals.get(row.reason) ?? 0) + row.size);
  return [...totals].filter(([, size]) => size !== 0).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
}
