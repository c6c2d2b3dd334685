/** Liquidations, sweeps and cascades of the coin: when it comes on screen, after each stored minute, and on pushes. */

import { batch } from "@preact/signals";
import { fetchCascades, fetchEvents, fetchSweeps } from "../../api/client";
import type { EventsAnswer } from "../../api/schema";
import { joinedEvents, MAX_EVENTS } from "../../model/event_marks";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** A figure of a liquidation is known 10 minutes after it at the latest; what is older is not asked for again. */
const SETTLED_MS = 20 * 60_000;
/** What is not over comes beside the list, whatever its length. Of the list the clusters of now take their swept share. */
const SWEEPS = 60;
const CASCADES = 1;

export function keepStudy(page: PageState): void {
  askWhen(
    () => {
      void [page.news.study.value, page.news.stored.value];
      const coin = page.coin.value;
      return page.isMapServed.value && coin !== null && !(page.isHidden.value && page.newest.events.peek() !== null)
        ? coin
        : null;
    },
    async (coin, signal) => {
      const before = page.newest.events.peek();
      const [events, sweeps, cascades] = await Promise.all([
        fetchEvents(coin, newer(before, coin), MAX_EVENTS, signal),
        fetchSweeps(coin, SWEEPS, signal),
        fetchCascades(coin, CASCADES, signal),
      ]);
      if (signal.aborted) return;
      batch(() => {
        page.newest.events.value = joinedEvents(before, events, coin);
        page.newest.sweeps.value = sweeps;
        page.newest.cascades.value = cascades;
      });
    },
    (error) => page.tell(error),
  );
}

/** All at first, then those that may be new or not yet settled. */
const newer = (events: EventsAnswer | null, coin: string): { start?: number } =>
  events === null || events.coin !== coin ? {} : { start: events.as_of_ms - SETTLED_MS };
