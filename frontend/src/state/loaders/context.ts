/** What stands beside the map by time, while the strip is open: for the times on screen, and again when a frame is stored. */

import { batch, computed } from "@preact/signals";
import { fetchContext, reasonOf } from "../../api/client";
import { type ContextQuestion, planContext } from "../../model/context_plan";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepContext(page: PageState): void {
  let planned: ContextQuestion | null = null;
  // The same object while it serves, so that a pan asks nothing.
  const wanted = computed(() => {
    const [coin, area] = [page.coin.value, page.visible.value];
    const { isOpen, shown } = page.strip;
    if (
      !page.isMapServed.value ||
      coin === null ||
      area === null ||
      !isOpen.value ||
      shown.value.length === 0 ||
      page.isHidden.value
    )
      return null;
    planned = planContext(planned, coin, area, page.at.value);
    return planned;
  });
  askWhen(
    () => {
      void page.news.stored.value;
      return wanted.value;
    },
    async (question, signal) => {
      const answer = await fetchContext(question, signal);
      if (signal.aborted) return;
      batch(() => {
        page.strip.answer.value = answer;
        page.strip.problem.value = null;
      });
    },
    (error) => {
      page.strip.problem.value = reasonOf(error);
    },
  );
}
