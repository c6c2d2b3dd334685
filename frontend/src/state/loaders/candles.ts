/** Candles of all time of the coin: when it comes on screen, and when a frame was stored. */

import { fetchCandles } from "../../api/client";
import { pause } from "../../timing";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** A live map asks the exchange for the candles of a coin when somebody looks: they are there a moment later. */
const VENUE_CANDLES_AFTER_MS = 3_000;

export function keepCandles(page: PageState): void {
  askWhen(
    () => {
      void page.news.stored.value;
      const coin = page.coin.value;
      return page.isStarted.value && coin !== null && !(page.isHidden.value && page.candles.peek() !== null)
        ? coin
        : null;
    },
    async (coin, signal) => {
      const candles = await fetchCandles(coin, signal);
      if (signal.aborted) return;
      page.candles.value = candles;
      if (page.status.peek()?.is_live !== true || candles.source.kind !== "mark_path") return;
      await pause(VENUE_CANDLES_AFTER_MS);
      if (signal.aborted) return;
      const later = await fetchCandles(coin, signal);
      if (!signal.aborted && later.source.kind !== "mark_path") page.candles.value = later;
    },
    (error) => page.tell(error),
  );
}
