/** What the server says of the trade on the map: asked again when its lines, its terms or the map's figures change. */

import { effect } from "@preact/signals";
import { ApiError } from "../../api/client";
import { fetchStop } from "../../api/stop";
import { stopQuestion } from "../../model/stop_question";
import { pause } from "../../timing";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** A line that is dragged moves often: the question is asked once it stood for so long. */
const WAIT_MS = 200;

export function keepTrade(page: PageState): void {
  const { terms } = page;
  effect(() => {
    if (page.view.value.trade === null) terms.answer.value = null;
  });
  askWhen(
    () => {
      const [coin, { trade }] = [page.coin.value, page.view.value];
      void page.news.figures.value;
      if (coin === null || trade === null || !page.isStarted.value || page.isHidden.value) return null;
      return { coin, asked: stopQuestion(trade, terms.typed, page.at.value) };
    },
    async ({ coin, asked }, signal) => {
      await pause(WAIT_MS);
      if (signal.aborted) return;
      const answer = typeof asked === "string" ? asked : await fetchStop(coin, asked, signal);
      if (!signal.aborted) terms.answer.value = answer;
    },
    (error) => {
      terms.answer.value = error instanceof ApiError ? error.message : "The server does not answer.";
    },
  );
}
