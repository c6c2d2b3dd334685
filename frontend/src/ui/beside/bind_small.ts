/** Ties a small map to its state: candles over the heat, and the mark. */

import { effect, untracked } from "@preact/signals";
import { MapChart } from "../../chart/chart";
import { lastMark } from "../../model/last_mark";
import type { SmallMapState } from "../../state/small_maps";
import { Bars } from "../map/bars";
import { bindHeat } from "../map/bind_heat";

/** Builds the chart in its element. Returns what ends it. */
export function bindSmall({ page, painter }: SmallMapState, box: HTMLElement): () => void {
  let bars: Bars | null = null;
  const chart = new MapChart(box, page.theme.peek(), {
    onPointer: () => undefined,
    onClick: () => undefined,
    onView: () => {
      if (bars === null) return;
      page.visible.value = chart.visibleArea();
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
    effect(() => {
      const candles = page.candles.value;
      if (candles !== null) untracked(() => held.renew(candles));
    }),
    effect(() => {
      void page.at.value;
      untracked(() => held.cut());
    }),
    effect(() => {
      if (page.scale.value !== null) untracked(() => held.plan());
    }),
    effect(() => {
      if (page.rangeAsked.value > 0) untracked(() => held.showRange());
    }),
  ];
  return () => {
    for (const end of ends) end();
    bars = null;
    held.clear();
    chart.remove();
  };
}
