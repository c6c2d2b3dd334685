/** How hot hot is on the coin's map: when it comes on screen, and once an hour of the map's time. */

import { computed } from "@preact/signals";
import { ApiError, fetchScale } from "../../api/client";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

const HOUR_MS = 3_600_000;

export function keepScale(page: PageState): void {
  const hour = computed(() => Math.floor((page.status.value?.last_ms ?? 0) / HOUR_MS));
  askWhen(
    () => {
      const coin = page.coin.value;
      return page.isStarted.value && coin !== null ? { coin, hour: hour.value } : null;
    },
    async ({ coin }, signal) => {
      try {
        const scale = await fetchScale(coin, signal);
        if (!signal.aborted) page.scale.value = scale;
      } catch (error) {
        // A server that cannot tell leaves the colours to the window; one that does not answer is asked again.
        if (signal.aborted || !(error instanceof ApiError)) throw error;
        page.scale.value ??= "none";
      }
    },
    (error) => page.tell(error),
  );
}
