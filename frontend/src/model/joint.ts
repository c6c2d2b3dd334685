/** How far joint levels stand from solo ones, over all bands of a coin. */

import type { SpreadColumns } from "../api/schema";

/** What a spread is summed from. */
type SpreadSizes = Pick<SpreadColumns, "solo_size" | "moved_size" | "lost_size" | "spread_percent">;

export interface Spread {
  /** Mean |log(joint / solo)| in percent, by coins that have both levels. */
  readonly percent: number;
  /** Part of the coins with a solo level that no joint path liquidates. */
  readonly lostShare: number;
}

/** null where no position has both levels. */
export function spreadOf(columns: SpreadSizes | null): Spread | null {
  let sum = 0;
  let both = 0;
  let lost = 0;
  columns?.spread_percent.forEach((percent, row) => {
    const gone = columns.lost_size[row] ?? 0;
    lost += gone;
    if (percent === null) return;
    const size = (columns.solo_size[row] ?? 0) - gone;
    sum += percent * size;
    both += size;
  });
  return both > 0 ? { percent: sum / both, lostShare: lost / (both + lost) } : null;
}
