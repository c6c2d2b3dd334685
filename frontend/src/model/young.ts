/** What a map that has only just begun says of itself: why it is nearly empty, and that it grows. */

import type { Status } from "../api/schema";
import { formatClock } from "../format/time";
import { percent } from "../format/usd";

/** Milliseconds of stored history from which the map explains itself. */
const YOUNG_MS = 180_000;

/** null for a map that needs no such words. */
export function youngText(status: Status | null, coin: string | null, coverage: number | null): string | null {
  const isStill = status !== null && !status.is_live && status.feed_state === "none";
  if (status === null || isStill || status.last_ms - status.first_ms >= YOUNG_MS) return null;
  const known =
    coverage === null
      ? ""
      : ` They hold ${percent(coverage)} of the open interest${coin === null ? "" : ` of ${coin}`}; this grows as more accounts are read.`;
  return `This map began at ${formatClock(status.first_ms)} UTC and gets one column a minute. The bars at the left are the levels known now.${known}`;
}
