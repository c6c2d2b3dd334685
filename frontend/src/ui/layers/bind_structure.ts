/** Ties structure to the chart, from its first switching on. */

import { effect } from "@preact/signals";
import type { MapChart } from "../../chart/chart";
import { CANVAS_COLOURS } from "../../chart/themes";
import { structurePicture } from "../../model/structure_plan";
import { STRUCTURE_COLOURS, StructurePrimitive } from "../../primitives/structure";
import { keepStructure } from "../../state/loaders/coin_layers";
import type { PageState } from "../../state/page_state";

export function bindStructure(page: PageState, chart: MapChart): () => void {
  const primitive = new StructurePrimitive((timeMs) => chart.heat.xOf(timeMs));
  chart.attach(primitive);
  keepStructure(page);
  return effect(() => {
    const answer = page.layersShown.structure.answer.value;
    const isShown = page.layers.value.has("structure") && answer !== null && answer.coin === page.coin.value;
    const theme = page.theme.value;
    const picture = isShown ? structurePicture(answer) : null;
    primitive.show(picture, STRUCTURE_COLOURS[theme], CANVAS_COLOURS[theme].background);
    // What is drawn, for tests and scripts.
    const { swings = [], lines = [], bins = [] } = picture ?? {};
    document.documentElement.dataset.structure = isShown ? `${swings.length}/${lines.length}/${bins.length}` : "";
  });
}
