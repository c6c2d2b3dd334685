/** The mark of the newest column of a window that is known. */

import type { HeatmapWindow } from "./window";

export interface TimedMark {
  readonly price: number;
  readonly timeMs: number;
}

/** Not later than `atMs` where that is given; null: no column has one. */
export function lastMark(window: HeatmapWindow | null, atMs: number | null): TimedMark | null {
  if (window === null) return null;
  for (let column = window.columns - 1; column >= 0; column -= 1) {
    const timeMs = window.asOf[column] ?? -1;
    const price = window.mark[column] ?? Number.NaN;
    if (timeMs >= 0 && price > 0 && (atMs === null || timeMs <= atMs)) return { price, timeMs };
  }
  return null;
}
