/** The ranges one can choose, and the part of the stored time they show. */

export const RANGES = ["1h", "4h", "1d", "3d", "7d", "all"] as const;
export type RangeName = (typeof RANGES)[number];

const HOUR = 3_600_000;
const YOUNG_PARTS = 4;
const YOUNGEST = HOUR / 12;
const SPANS: Readonly<Record<Exclude<RangeName, "all">, number>> = {
  "1h": HOUR,
  "4h": 4 * HOUR,
  "1d": 24 * HOUR,
  "3d": 72 * HOUR,
  "7d": 168 * HOUR,
};

export const isRange = (text: string): text is RangeName => (RANGES as readonly string[]).includes(text);

/** [start, end] ms: ends at the last frame, never starts before the first one (or the first candle). */
export function spanOf(range: RangeName, firstMs: number, lastMs: number): [number, number] {
  if (range === "all") return [firstMs, lastMs];
  return [Math.max(firstMs, lastMs - SPANS[range]), lastMs];
}

/**
 * The same for the first look. Price is told from long before a young map began, and a sliver of a map at the edge of
 * a day of candles is not seen: it is opened where it fills a quarter.
 */
export function openingSpan(range: RangeName, firstMs: number, mapFirstMs: number, lastMs: number): [number, number] {
  const [start, end] = spanOf(range, firstMs, lastMs);
  return [Math.max(start, end - YOUNG_PARTS * Math.max(end - mapFirstMs, YOUNGEST)), end];
}
