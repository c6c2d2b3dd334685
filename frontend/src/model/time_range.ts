/** The ranges one can choose, and the part of the stored time they show. */

export const RANGES = ["1h", "4h", "1d", "3d", "7d", "all"] as const;
export type RangeName = (typeof RANGES)[number];

const HOUR = 3_600_000;
const SPANS: Readonly<Record<Exclude<RangeName, "all">, number>> = {
  "1h": HOUR,
  "4h": 4 * HOUR,
  "1d": 24 * HOUR,
  "3d": 72 * HOUR,
  "7d": 168 * HOUR,
};

export const isRange = (text: string): text is RangeName => (RANGES as readonly string[]).includes(text);

/** [start, end] ms: ends at the last frame, never starts before the first one. */
export function spanOf(range: RangeName, firstMs: number, lastMs: number): [number, number] {
  if (range === "all") return [firstMs, lastMs];
  return [Math.max(firstMs, lastMs - SPANS[range]), lastMs];
}
