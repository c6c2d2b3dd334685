/** What the server says of the trade on the map: asked again when its lines, its terms or the map's figures change. */

import { effect } from "@preact/signals";
import { ApiError } from "../../api/client";
import { fetchStop } from "../../api/stop";
import { stopQuestion } from "../../model/stop_question";
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
      await wait(WAIT_MS, signal);
      if (typeof asked === "string") {
        terms.answer.value = asked;
        return;
      }
      try {
        const answer = await fetchStop(coin, asked, signal);
        if (!signal.aborted) terms.answer.value = answer;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!signal.aborted) terms.answer.value = error.message;
      }
    },
    () => {
      terms.answer.value = "The server does not answer.";
    },
  );
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
