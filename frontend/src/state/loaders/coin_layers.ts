/** Layers that are one answer about the coin that is looked at, while they are on: asked again when a frame is stored. */

import { batch } from "@preact/signals";
import { reasonOf } from "../../api/client";
import { fetchStructure } from "../../api/structure";
import { fetchTriggers } from "../../api/triggers";
import type { LayerName } from "../../model/layers";
import { askWhen } from "../asking";
import type { LayerAnswer } from "../layers";
import type { PageState } from "../page_state";

export const keepStructure = (page: PageState): void =>
  keepLayer(page, "structure", fetchStructure, page.layersShown.structure);

export const keepTriggers = (page: PageState): void =>
  keepLayer(page, "triggers", fetchTriggers, page.layersShown.triggers);

function keepLayer<Answer>(
  page: PageState,
  name: LayerName,
  fetch: (coin: string, signal: AbortSignal, atMs?: number) => Promise<Answer>,
  kept: LayerAnswer<Answer>,
): void {
  askWhen(
    () => {
      const coin = page.coin.value;
      void page.news.stored.value;
      if (coin === null || !page.isStarted.value || page.isHidden.value) return null;
      return page.layers.value.has(name) ? { coin, at: page.at.value } : null;
    },
    async ({ coin, at }, signal) => {
      const answer = await fetch(coin, signal, at ?? undefined);
      if (signal.aborted) return;
      batch(() => {
        kept.answer.value = answer;
        kept.problem.value = null;
      });
    },
    (error) => {
      batch(() => {
        kept.answer.value = null;
        kept.problem.value = reasonOf(error);
      });
    },
  );
}
