/** Ties a small map to its state: candles over the heat, and the mark. */

import { effect } from "@preact/signals";
import { MapChart } from "../../chart/chart";
import { keptArea } from "../../model/fetch_plan";
import { lastMark } from "../../model/last_mark";
import type { SmallMapState } from "../../state/small_maps";
import { Bars } from "../map/bars";
import { bindBars } from "../map/bind_bars";
import { bindHeat } from "../map/bind_heat";

/** Builds the chart in its element. Returns what ends it. */
export function bindSmall({ page, painter }: SmallMapState, box: HTMLElement): () => void {
  let bars: Bars | null = null;
  const chart = new MapChart(box, page.theme.peek(), {
    onPointer: () => undefined,
    onClick: () => undefined,
    onView: () => {
      if (bars === null) return;
      page.visible.value = keptArea(page.visible.peek(), chart.visibleArea());
      bars.move();
    },
  });
  const held = new Bars(page, chart);
  bars = held;
  const ends = [
    effect(() => chart.setTheme(page.theme.value)),
    effect(() => chart.setClock(page.view.value.zone)),
    effect(() => chart.setMark(lastMark(page.heat.value, page.at.value)?.price ?? null)),
    ...bindHeat(page, chart, painter, box),
    ...bindBars(page, held),
  ];
  return () => {
    for (const end of ends) end();
    bars = null;
    held.clear();
    chart.remove();
  };
}
