/** Ties resting orders to the chart, from their first switching on: asked for, and drawn with a scale of their own. */

import { effect } from "@preact/signals";
import type { MapChart } from "../../chart/chart";
import { CANVAS_COLOURS } from "../../chart/themes";
import { BookPrimitive } from "../../primitives/book";
import { keepBook } from "../../state/loaders/book";
import type { PageState } from "../../state/page_state";

export function bindBook(page: PageState, chart: MapChart): () => void {
  const primitive = new BookPrimitive((timeMs) => chart.heat.xOf(timeMs));
  chart.attach(primitive);
  keepBook(page);
  return effect(() => {
    const known = page.layersShown.book.value;
    const isShown = page.layers.value.has("book") && known?.coin === page.coin.value;
    const theme = page.theme.value;
    const colours = CANVAS_COLOURS[theme];
    primitive.show(isShown && known !== null ? known.layer : null, {
      theme,
      ground: colours.background,
      hole: colours.hatch,
    });
  });
}
