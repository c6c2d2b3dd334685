/** Liquidations, sweeps and cascades of the coin on screen: asked when it comes, after each stored minute, and on pushes. */

import { fetchCascades, fetchEvents, fetchSweeps, isAbort } from "../api/client";
import type { CascadesAnswer, ClustersAnswer, EventAnswer, EventsAnswer, SweepsAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { percent } from "../format/usd";
import type { EventMark, LeftSpan } from "../primitives/marks";

const MAX_EVENTS = 400;
/** A figure of a liquidation is known 10 minutes after it at the latest; what is older is not asked for again. */
const SETTLED_MS = 20 * 60_000;
/** What is not over comes beside the list, whatever its length; the list is not shown. */
const LEAST = 1;

export class StudyLoader {
  events: EventsAnswer | null = null;
  sweeps: SweepsAnswer | null = null;
  cascades: CascadesAnswer | null = null;

  constructor(
    private readonly onNews: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  clear(): void {
    this.events = this.sweeps = this.cascades = null;
    this.onNews();
  }

  async load(coin: string, signal?: AbortSignal): Promise<void> {
    try {
      const [events, sweeps, cascades] = await Promise.all([
        fetchEvents(coin, this.newer(coin), MAX_EVENTS, signal),
        fetchSweeps(coin, LEAST, signal),
        fetchCascades(coin, LEAST, signal),
      ]);
      if (signal?.aborted === true) return;
      this.events = joined(this.events, events, coin);
      this.sweeps = sweeps;
      this.cascades = cascades;
      this.onNews();
    } catch (error) {
      if (!isAbort(error)) this.onError(error);
    }
  }

  /** All at first, then those that may be new or not yet settled. */
  private newer(coin: string): { start?: number } {
    const { events } = this;
    return events === null || events.coin !== coin ? {} : { start: events.as_of_ms - SETTLED_MS };
  }

  event(id: string): EventAnswer | null {
    return this.events?.events.find((event) => event.event_id === id) ?? null;
  }

  get marks(): EventMark[] {
    return eventMarks(this.events?.events ?? []);
  }

  spans(tracked: ClustersAnswer["tracked"]): LeftSpan[] {
    return leftSpans(this.sweeps, tracked);
  }
}

/** The newer answer in place of what it covers, what is older stays. */
export function joined(before: EventsAnswer | null, now: EventsAnswer, coin: string): EventsAnswer {
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
