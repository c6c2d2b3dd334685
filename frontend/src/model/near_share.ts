/** How much of the levels around a price one position is. */

import type { Side } from "../api/schema";
import type { CurrentBands } from "./bands";
import type { PriceSpan } from "./price_span";

/** Levels are near within this part of the price on each side. */
export const NEAR = 0.005;

/** The prices that are near. */
export const nearSpan = (price: number): PriceSpan => ({ low: price * (1 - NEAR), high: price * (1 + NEAR) });

/**
 * USD of a position over the USD of all levels of its side near its own, 0 to 1; null where they are not all `seen`
 * (the stream tells the bands on screen) or hold less than the position itself.
 */
export function shareNear(
  position: { readonly side: Side; readonly size: number; readonly level: number },
  bands: CurrentBands,
  logWidth: number,
  seen: PriceSpan,
): number | null {
  const span = nearSpan(position.level);
  if (bands.mark === null || span.low < seen.low || span.high > seen.high) return null;
  const { level, rows } = bands.profile(0);
  const step = logWidth * 2 ** level;
  const [first, last] = [Math.floor(Math.log(span.low) / step), Math.floor(Math.log(span.high) / step)];
  let all = 0;
  for (const row of rows) {
    if (row.band >= first && row.band <= last) all += position.side === 1 ? row.long : row.short;
  }
  const own = Math.abs(position.size) * bands.mark;
  return own <= all * 1.0001 && all > 0 ? Math.min(own / all, 1) : null;
}
