/**
 * What the server says of the trade on the map: asked again when its lines, its terms or the map's figures change; and
 * once, when a reader asks for it, with overshoots simulated. Later answers keep them for an hour.
 */

import { effect, untracked } from "@preact/signals";
import { ApiError, type Parameters, reasonOf } from "../../api/client";
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
      void page.news.figures.value;
      return page.isStarted.value && !page.isHidden.value ? questionOf(page) : null;
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

interface TradeQuestion {
  readonly coin: string;
  /** Or what is wrong with it. */
  readonly asked: Parameters | string;
}

/** What is asked of the trade on the map; null: there is none. */
function questionOf(page: PageState): TradeQuestion | null {
  const [coin, { trade }] = [page.coin.value, page.view.value];
  if (coin === null || trade === null) return null;
  return { coin, asked: stopQuestion(trade, page.terms.typed, page.at.value) };
}

/** The trade on the map once more, with overshoots that were not measured simulated: seconds, so only when it is asked for. */
export async function simulateOvershoots(page: PageState): Promise<void> {
  const { terms } = page;
  const now = (): TradeQuestion | null => untracked(() => questionOf(page));
  const mine = now();
  if (mine === null || typeof mine.asked === "string" || terms.simulating.peek() === "runs") return;
  terms.simulating.value = "runs";
  try {
    const answer = await fetchStop(mine.coin, { ...mine.asked, simulate: "true" });
    // What was simulated is kept by the server: the trade that stands there by now gets it with its next answer.
    if (JSON.stringify(now()) === JSON.stringify(mine)) terms.answer.value = answer;
    terms.simulating.value = "no";
  } catch (error) {
    terms.simulating.value = { failed: reasonOf(error) };
  }
}
