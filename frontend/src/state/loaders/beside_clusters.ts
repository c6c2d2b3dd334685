/** What stands beside the clusters of the list: how often such levels were reached, and what structure they stand by. */

import { computed, type Signal } from "@preact/signals";
import { fetchOdds } from "../../api/odds";
import { fetchStructure } from "../../api/structure";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** Both rest on candles of minutes to hours: there is no hurry. */
const ODDS_MS = 60_000;
const STRUCTURE_MS = 300_000;

export function keepBesideClusters(page: PageState): void {
  const { odds, structure } = page.besideClusters;
  keepBeside(page, ODDS_MS, fetchOdds, odds);
  keepBeside(page, STRUCTURE_MS, fetchStructure, structure);
}

/** Of the solo clusters on screen, asked again when so much time has gone by. */
function keepBeside<Answer>(
  page: PageState,
  everyMs: number,
  fetch: (coin: string, signal: AbortSignal, atMs?: number) => Promise<Answer>,
  kept: Signal<Answer | null>,
): void {
  const due = computed(() => {
    const [coin, answer] = [page.coin.value, page.clusters.value];
    if (coin === null || answer === null || answer.coin !== coin || page.isHidden.value) return null;
    const isShown = page.panel.value === "clusters" || page.drawer.value.length > 0;
    return isShown ? `${coin} ${page.at.value ?? ""} ${Math.floor(answer.as_of_ms / everyMs)}` : null;
  });
  askWhen(
    () => due.value,
    async (_, signal) => {
      const answer = await fetch(page.coin.peek() ?? "", signal, page.at.peek() ?? undefined);
      if (!signal.aborted) kept.value = answer;
    },
    () => {
      kept.value = null;
    },
  );
}
