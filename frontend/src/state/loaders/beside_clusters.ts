/** What stands beside the clusters of the list while it is looked at: the structure that they stand by. */

import { computed } from "@preact/signals";
import { fetchStructure } from "../../api/structure";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** It rests on bars of an hour: there is no hurry. */
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
  const structureDue = question(STRUCTURE_MS);
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
