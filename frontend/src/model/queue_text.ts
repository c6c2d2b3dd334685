/** A place in the queue of auto-deleveraging, in words. */

import type { PositionRank, QueueRank } from "../api/deleveraging";
import { percent, usd } from "../format/usd";

const SCORES: Readonly<Record<string, string>> = {
  binary: "as the exchange ranks today",
  documented: "as documented before",
  symmetric: "symmetric score",
  water_filling: "water filling",
};

export const scoreName = (score: string): string => SCORES[score] ?? score;

/** 12 of 340; not in the queue; unknown. */
export function rankText({ rank, queue_count: count }: QueueRank, isProfitable: boolean | null): string {
  if (rank !== null) return `${rank.toLocaleString("en-US")} of ${count.toLocaleString("en-US")}`;
  return isProfitable === null ? "unknown" : "not in the queue";
}

/** $1.2M, 3 % of the queue. */
export const aheadText = ({ usd_ahead: ahead, share_ahead: share }: QueueRank): string =>
  ahead === null ? "–" : `${usd(ahead, 3)}${share === null ? "" : `, ${percent(share, 1)} of it`}`;

/** BTC short: 12 of 340 … */
export const positionName = ({ coin, side }: PositionRank): string => `${coin} ${side === 1 ? "long" : "short"}`;

/** Same side, but margin or entry is not known: they may stand before it. */
export const unrankedText = ({ unranked_count: count, unranked_usd: amount }: PositionRank): string | null =>
  count === 0 ? null : `${count.toLocaleString("en-US")} positions of its side, ${usd(amount, 3)}, cannot be ranked`;
