/** Ties trigger orders to the chart, from their first switching on: the bars, the words at the pointer and beside clusters. */

import { computed, effect } from "@preact/signals";
import type { MapChart } from "../../chart/chart";
import { CANVAS_COLOURS } from "../../chart/themes";
import { triggerSums } from "../../model/trigger_bars";
import { stopBeforeText, triggersHere } from "../../model/trigger_words";
import { TRIGGER_COLOURS, TriggersPrimitive } from "../../primitives/triggers";
import { keepTriggers } from "../../state/loaders/coin_layers";
import type { PageState } from "../../state/page_state";

export function bindTriggers(page: PageState, chart: MapChart): () => void {
  const primitive = new TriggersPrimitive();
  chart.attach(primitive);
  keepTriggers(page);
  // Its own: a window comes with each pan and each stored frame, and its rows are seldom others.
  const level = computed(() => page.heat.value?.level ?? 0);
  return effect(() => {
    const answer = page.layersShown.triggers.answer.value;
    const isShown = page.layers.value.has("triggers") && answer !== null && answer.coin === page.coin.value;
    const theme = page.theme.value;
    const sums = isShown ? triggerSums(answer, level.value) : [];
    primitive.show(sums, TRIGGER_COLOURS[theme], CANVAS_COLOURS[theme].background);
    page.layersShown.triggerWords.value = isShown
      ? {
          at: (band) => triggersHere(sums, band, answer.as_of_ms),
          before: (cluster) => stopBeforeText(answer, cluster),
        }
      : null;
    // What is drawn, for tests and scripts.
    document.documentElement.dataset.triggers = isShown ? `${sums.length}` : "";
  });
}
