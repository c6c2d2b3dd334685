/** What fired: from the start on, again after the stream was lost, and each alert as it is told. */

import { batch, computed, untracked } from "@preact/signals";
import { type Alert, fetchFired } from "../../api/alerts";
import { MAX_FIRED } from "../alerts";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepAlerts(page: PageState): void {
  let isAgain = false;
  const isLost = computed(() => page.streamState.value === "lost");
  askWhen(
    () => (page.isStarted.value && !isLost.value ? {} : null),
    async (_, signal) => {
      const { alerts: fired } = await fetchFired(MAX_FIRED, signal);
      if (signal.aborted) return;
      untracked(() => receiveAlerts(page, fired, isAgain));
      isAgain = true;
    },
    // No alert is known then: their panel says why.
    () => undefined,
  );
}

/** What was not known yet is listed; said aloud where the reader wants that, and it fired while the page was open. */
export function receiveAlerts(page: PageState, told: readonly Alert[], isNews: boolean): void {
  const { alerts } = page;
  const known = new Set(alerts.fired.peek().map((each) => each.alert_id));
  const fresh = told.filter((each) => !known.has(each.alert_id));
  if (fresh.length === 0) return;
  const all = [...fresh, ...alerts.fired.peek()].sort((one, other) => other.at_ms - one.at_ms);
  batch(() => {
    alerts.fired.value = all.slice(0, MAX_FIRED);
    alerts.beat.value += 1;
  });
  const { isNotifying, hasSound } = alerts.settings.peek();
  if (!isNews || !(isNotifying || hasSound)) return;
  import("../../later").then(
    ({ sayAloud }) => sayAloud(page, fresh),
    (error: unknown) => console.error(error),
  );
}
