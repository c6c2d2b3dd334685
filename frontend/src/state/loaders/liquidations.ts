/** The list of liquidations while it is looked at: of this coin or all, as the filter says. */

import { signal } from "@preact/signals";
import { fetchLiquidations, reasonOf } from "../../api/client";
import { questionOf } from "../../model/liquidation_filter";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

const EVERY_MS = 5_000;
const EVENTS = 50;

export function keepLiquidations(page: PageState): void {
  const beat = signal(0);
  let listed = "";
  let listedUntil: number | null = null;
  setInterval(() => {
    if (page.sources.peek()?.state !== "none") beat.value += 1;
  }, EVERY_MS);
  askWhen(
    () => {
      void beat.value;
      const coin = page.coin.value;
      if (!page.isStarted.value || coin === null || page.panel.value !== "liquidations" || page.isHidden.value)
        return null;
      const limit = EVENTS + page.moreLiquidations.value;
      const until = page.at.value === null ? null : (page.moment.value?.frame.as_of_ms ?? 0);
      return { question: questionOf(page.filter.value, coin), limit, until };
    },
    async ({ question, limit, until }, abort) => {
      const asked = JSON.stringify(question);
      // What is listed may be older than what is asked for, and must not be later.
      if (asked !== listed || (until ?? Infinity) < (listedUntil ?? Infinity)) page.liquidations.value = null;
      listed = asked;
      listedUntil = until;
      if (until === 0) return;
      const end = until === null ? {} : { end: until + 1 };
      try {
        const answer = await fetchLiquidations({ ...question, ...end }, limit, abort);
        if (!abort.aborted) page.liquidations.value = answer;
      } catch (error) {
        if (abort.aborted) return;
        page.liquidations.value = reasonOf(error);
      }
    },
    (error) => page.tell(error),
  );
}
