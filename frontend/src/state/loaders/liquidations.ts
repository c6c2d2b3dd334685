/** The list of liquidations while it is looked at: of this coin or all, as the filter says. */

import { signal } from "@preact/signals";
import { ApiError, fetchLiquidations } from "../../api/client";
import { questionOf } from "../../model/liquidation_filter";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

const EVERY_MS = 5_000;
const EVENTS = 50;

export function keepLiquidations(page: PageState): void {
  const beat = signal(0);
  let listed = "";
  setInterval(() => {
    if (page.sources.peek()?.state !== "none") beat.value += 1;
  }, EVERY_MS);
  askWhen(
    () => {
      void beat.value;
      const coin = page.coin.value;
      if (!page.isStarted.value || coin === null || page.panel.value !== "liquidations" || page.isHidden.value)
        return null;
      return { question: questionOf(page.filter.value, coin), limit: EVENTS + page.moreLiquidations.value };
    },
    async ({ question, limit }, abort) => {
      const asked = JSON.stringify(question);
      if (asked !== listed) page.liquidations.value = null;
      listed = asked;
      try {
        const answer = await fetchLiquidations(question, limit, abort);
        if (!abort.aborted) page.liquidations.value = answer;
      } catch (error) {
        if (abort.aborted) return;
        page.liquidations.value = error instanceof ApiError ? error.message : "the server does not answer";
      }
    },
    (error) => page.tell(error),
  );
}
