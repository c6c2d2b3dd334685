/** Levels of all coins moving together: how far they stand from solo ones, and the sentences beside them. */

import type { JointNote, SpreadColumns } from "../api/schema";

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

const SOURCES: Readonly<Record<string, string>> = {
  factor: "the coin all others follow",
  estimated: "estimated",
  default: "no prices of its own: the default",
  user: "given by the user",
};

/** The sentences beside joint levels. */
export function jointText(coin: string, note: JointNote): string[] {
  const spread = spreadOf(note.spread);
  const beta = `${note.beta.toFixed(2)} when BTC falls, ${note.beta_up.toFixed(2)} when it rises`;
  return [
    "Joint: all coins move with BTC.",
    "Profile and clusters show the mark of this coin when each account is first liquidated, BTC falling or rising, whichever comes first; " +
      "the heatmap, the balance and the tooltip stay solo.",
    coin === "BTC" ? "" : `Beta of ${coin}: ${beta} (${SOURCES[note.beta_source] ?? note.beta_source}).`,
    `Betas: ${note.betas_origin}.`,
    spread === null
      ? ""
      : `Levels of ${coin} stand ${spread.percent.toFixed(2)} % from their solo place on average` +
        (spread.lostShare > 0
          ? `; ${(spread.lostShare * 100).toFixed(1)} % of the coins have none on this path.`
          : "."),
  ].filter((text) => text !== "");
}
