/** What stands beside the clusters of the list: how often such levels were reached, and what structure they stand by. */

import { computed } from "@preact/signals";
import { fetchOdds } from "../../api/odds";
import { fetchStructure } from "../../api/structure";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** Both rest on candles of minutes to hours: there is no hurry. */
const ODDS_MS = 60_000;
const STRUCTURE_MS = 300_000;

export function keepBesideClusters(page: PageState): void {
  const { besideClusters } = page;
  /** Of the solo clusters on screen, a new one when so much time has gone by. */
  const question = (everyMs: number) =>
    computed(() => {
      const [coin, answer] = [page.coin.value, page.clusters.value];
      if (coin === null || answer === null || answer.coin !== coin || page.isHidden.value) return null;
      const isShown = page.panel.value === "clusters" || page.drawer.value.length > 0;
      return isShown ? `${coin} ${page.at.value ?? ""} ${Math.floor(answer.as_of_ms / everyMs)}` : null;
    });
  const [oddsDue, structureDue] = [question(ODDS_MS), question(STRUCTURE_MS)];
  askWhen(
    () => oddsDue.value,
    async (_, signal) => {
      const coin = page.coin.peek() ?? "";
      const answer = await fetchOdds(coin, { at: page.at.peek() ?? undefined }, signal);
      if (!signal.aborted) besideClusters.odds.value = answer;
    },
    () => {
      besideClusters.odds.value = null;
    },
  );
  askWhen(
    () => structureDue.value,
    async (_, signal) => {
      const answer = await fetchStructure(page.coin.peek() ?? "", signal, page.at.peek() ?? undefined);
      if (!signal.aborted) besideClusters.structure.value = answer;
    },
    () => {
      besideClusters.structure.value = null;
    },
  );
}
