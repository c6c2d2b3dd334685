/** The structure of the coin that is looked at, while something shows it: again when a frame is stored. */

import { batch } from "@preact/signals";
import { reasonOf } from "../../api/client";
import { fetchStructure } from "../../api/structure";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepStructure(page: PageState): void {
  const { layersShown } = page;
  askWhen(
    () => {
      const coin = page.coin.value;
      void page.news.stored.value;
      if (coin === null || !page.isStarted.value || page.isHidden.value) return null;
      return page.layers.value.has("structure") ? { coin, at: page.at.value } : null;
    },
    async ({ coin, at }, signal) => {
      const answer = await fetchStructure(coin, signal, at ?? undefined);
      if (signal.aborted) return;
      batch(() => {
        layersShown.structure.value = answer;
        layersShown.structureProblem.value = null;
      });
    },
    (error) => {
      batch(() => {
        layersShown.structure.value = null;
        layersShown.structureProblem.value = reasonOf(error);
      });
    },
  );
}
