/** The cell that a pointer means: the one under it, or a drawn one within a few pixels. */

import type { ChartAxes, PointerPlace } from "../model/places";
import { type Cell, cellNear, type HeatmapWindow } from "../model/window";
import { usdOfDensity } from "../primitives/heatmap/density";

const REACH_PX = 4;
const MAX_REACH = 16;

export function cellAt(
  window: HeatmapWindow | null,
  place: PointerPlace | null,
  axes: ChartAxes | null,
  /** USD per 0.1 % of price. */
  threshold: number,
): Cell | null {
  if (window === null || place === null) return null;
  const probe = cellNear(window, place.timeMs, place.price, 0);
  const low = probe === null ? null : (axes?.yOf(probe.priceLow) ?? null);
  const high = probe === null ? null : (axes?.yOf(probe.priceHigh) ?? null);
  if (low === null || high === null) return probe;
  const reach = Math.min(Math.floor(REACH_PX / Math.max(low - high, 0.25)), MAX_REACH);
  return cellNear(window, place.timeMs, place.price, reach, Math.max(usdOfDensity(window, threshold) * 0.999, 0));
}
