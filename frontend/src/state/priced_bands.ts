/** The present bands with their prices, for sums between two of them. */

import type { PricedBands } from "../model/band_sums";
import type { PageState } from "./page_state";

/** At the level of the map's cells, or at the finest that is told; null while there is nothing to sum. */
export function pricedBands(page: PageState, level: number): PricedBands | null {
  const [bands, logWidth, frame] = [page.shownBands.value, page.heat.value?.log_width, page.frame.value];
  if (bands === null || logWidth === undefined) return null;
  const profile = bands.profile(level);
  // Joint levels come whole; the view of the stream ends where it says.
  const told = page.isJoint.value ? null : frame;
  const edge = (band: number | null | undefined): number | null =>
    band === null || band === undefined ? null : Math.exp(band * logWidth * 2 ** (told?.level ?? 0));
  return {
    rows: profile.rows,
    logStep: logWidth * 2 ** profile.level,
    mark: bands.mark,
    toldLow: edge(told?.first_band),
    toldHigh: edge(told?.end_band),
    side: told?.side ?? null,
  };
}
