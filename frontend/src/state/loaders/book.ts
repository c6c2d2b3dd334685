/** Resting orders of the times and prices on screen, while their layer is switched on. */

import { batch, computed } from "@preact/signals";
import { fetchBook, reasonOf } from "../../api/client";
import { type BookQuestion, planBook } from "../../model/book_plan";
import { bookLayer } from "../../primitives/book";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepBook(page: PageState): void {
  let planned: BookQuestion | null = null;
  // The same object while it serves, so that a pan asks nothing.
  const wanted = computed(() => {
    const [coin, area] = [page.coin.value, page.visible.value];
    if (coin === null || area === null || !page.layers.value.has("book") || page.isHidden.value) return null;
    planned = planBook(planned, coin, area, page.at.value);
    return planned;
  });
  askWhen(
    () => {
      void page.news.stored.value;
      return wanted.value;
    },
    async (question, signal) => {
      const answer = await fetchBook(question.coin, question, signal);
      if (signal.aborted) return;
      batch(() => {
        page.layersShown.book.value = { coin: question.coin, layer: bookLayer(answer) };
        page.layersShown.problem.value = null;
      });
    },
    (error) => {
      page.layersShown.problem.value = reasonOf(error);
    },
  );
}
