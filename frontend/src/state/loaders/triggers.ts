/** Trigger orders of the coin that is looked at, while their layer is on: again when a frame is stored. */

import { batch } from "@preact/signals";
import { reasonOf } from "../../api/client";
import { fetchTriggers } from "../../api/triggers";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepTriggers(page: PageState): void {
  const { layersShown } = page;
  askWhen(
    () => {
      const coin = page.coin.value;
      void page.news.stored.value;
      if (coin === null || !page.isStarted.value || page.isHidden.value) return null;
      return page.layers.value.has("triggers") ? { coin, at: page.at.value } : null;
    },
    async ({ coin, at }, signal) => {
      const answer = await fetchTriggers(coin, signal, at ?? undefined);
      if (signal.aborted) return;
      batch(() => {
        layersShown.triggers.value = answer;
        layersShown.triggersProblem.value = null;
      });
    },
    (error) => {
      batch(() => {
        layersShown.triggers.value = null;
        layersShown.triggersProblem.value = reasonOf(error);
      });
    },
  );
}
