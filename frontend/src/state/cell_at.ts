/** The cell that a pointer means: the one under it, or a drawn one within a few pixels. */

import type { ChartAxes, PointerPlace } from "../model/places";
import { cellsUntil } from "../model/replay";
import { type Cell, cellNear, type HeatmapWindow } from "../model/window";
import { usdOfDensity } from "../primitives/heatmap/density";

const REACH_PX = 4;
const MAX_REACH = 16;

/** Nothing of a cell whose frame came later than the moment that is looked at. */
export function cellUntil(cell: Cell | null, window: HeatmapWindow | null, untilMs: number | null): Cell | null {
  if (cell === null || window === null || untilMs === null) return cell;
  return window.start_ms + cell.column * window.step_ms < cellsUntil(window, untilMs) ? cell : null;
}

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
