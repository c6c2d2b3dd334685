/** Liquidations as marks on the map, and sweeps that are not over as spans. */

import type { ClustersAnswer, EventAnswer, EventsAnswer, SweepsAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { percent } from "../format/usd";
import type { EventMark, LeftSpan } from "../primitives/marks";

export const MAX_EVENTS = 400;

/** The newer answer in place of what it covers, what is older stays. */
export function joinedEvents(before: EventsAnswer | null, now: EventsAnswer, coin: string): EventsAnswer {
  if (before === null || before.coin !== coin) return now;
  const told = new Set(now.events.map((event) => event.event_id));
  const older = before.events.filter((event) => !told.has(event.event_id));
  return { ...now, events: [...now.events, ...older].slice(0, MAX_EVENTS) };
}

/** At the price it was closed at. What has no price or no USD is in the list, not on the map. */
export function eventMarks(events: readonly EventAnswer[]): EventMark[] {
  const marks: EventMark[] = [];
  for (const { event_id: id, first_fill_ms: timeMs, price, notional, direction } of events) {
    if (price !== null && notional !== null)
      marks.push({ id, timeMs, price, usd: notional, isSell: direction === "sell" });
  }
  return marks;
}

/** Sweeps that are not over: where they are, what they took so far, and what is left. */
export function leftSpans(answer: SweepsAnswer | null, tracked: ClustersAnswer["tracked"] = []): LeftSpan[] {
  const waiting = new Map((tracked ?? []).map((row) => [row.cluster_id, row.whole_order_window_count ?? 0]));
  return (answer?.open ?? []).map((sweep) => ({
    fromMs: sweep.entered_ms,
    low: sweep.price_low,
    high: sweep.price_high,
    isLong: sweep.side === 1,
    text:
      `${sweep.crossed_ms === null ? "entered" : "crossed"}, ` +
      `${percent(sweep.clear_fraction)} swept, ${formatSize(sweep.still_there)} left${windowText(waiting.get(sweep.cluster_id) ?? 0)}`,
  }));
}

/** Accounts of which the exchange now sends whole positions. */
const windowText = (count: number): string =>
  count === 0 ? "" : `, ${count} ${count === 1 ? "account" : "accounts"} in the 30 s of whole orders`;
