/** Ties the heat of a chart to the state: its cells, colours, end, and the prices that hold its mass. */

import { effect } from "@preact/signals";
import type { MapChart } from "../../chart/chart";
import { CANVAS_COLOURS } from "../../chart/themes";
import { massOf } from "../../model/price_span";
import { cellsUntil } from "../../model/replay";
import type { PageState } from "../../state/page_state";
import type { HeatPainter } from "../../worker/painter";

/**
 * The heat waits for its scale: colours that change their meaning after a moment would be read wrongly. `said` tells
 * what is painted, for tests and scripts.
 */
export function bindHeat(page: PageState, chart: MapChart, painter: HeatPainter, said: HTMLElement): (() => void)[] {
  chart.heat.usePainter(painter);
  chart.heat.onPainted = () => {
    const window = page.heat.peek();
    said.dataset.heat = window === null ? "none" : `${window.coin}/${window.columns}x${window.rows}`;
  };
  return [
    effect(() => {
      const [at, window] = [page.at.value, page.heat.value];
      chart.heat.setEnd(at === null ? null : window === null ? at : cellsUntil(window, at));
    }),
    effect(() => {
      const window = page.scale.value === null ? null : page.heat.value;
      const theme = page.theme.value;
      const look = {
        mode: page.mode.value,
        palette: page.palette.value,
        theme,
        scale: page.densityScale.value,
        threshold: page.threshold.value,
      };
      chart.heat.show(window, look, CANVAS_COLOURS[theme].hatch);
      if (window === null) said.dataset.heat = "none";
    }),
    effect(() => chart.heat.setDimmed(page.isHeatLate.value && page.heat.value !== null)),
    effect(() => chart.setMass(massOf(page.scale.value))),
  ];
}
