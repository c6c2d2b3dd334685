/** The window of the map on screen: asked for when the view leaves it, joined to newer columns when a frame is stored. */

import { batch, effect, untracked } from "@preact/signals";
import type { CandlesAnswer, Status } from "../../api/schema";
import { CELL_SIZE } from "../../model/fetch_plan";
import { painter } from "../../worker/shared";
import type { PageState } from "../page_state";
import { HeatLoader } from "./heat_windows";

/** A map that takes longer is no reason to leave the rest of the page empty. */
const MAP_FIRST_MS = 1_500;

export function keepHeat(page: PageState, open = (bytes: ArrayBuffer) => painter.open(bytes)): void {
  const loader = new HeatLoader({
    source: () => {
      const [coin, status, candles] = [page.coin.peek(), page.status.peek(), page.candles.peek()];
      if (coin === null || status === null || candles === null) return null;
      return { coin, firstMs: firstShown(status, candles), lastMs: status.last_ms, levels: page.levels.peek() };
    },
    area: () => {
      const area = page.planned.peek() ?? page.visible.peek();
      const [cellHeight, cellWidth] = CELL_SIZE;
      return area === null ? null : { ...area, width: area.width / cellWidth, height: area.height / cellHeight };
    },
    open,
    onWindow: (window) =>
      batch(() => {
        page.heat.value = window;
        page.isMapServed.value = true;
      }),
    onLate: (isLate) => {
      page.isHeatLate.value = isLate;
    },
    onError: (error) => {
      page.isMapServed.value = true;
      page.tell(error);
    },
  });
  let served = 0;
  effect(() => {
    const coin = page.coin.value;
    loader.clear();
    window.clearTimeout(served);
    if (coin === null) return;
    served = window.setTimeout(() => {
      page.isMapServed.value = true;
    }, MAP_FIRST_MS);
  });
  effect(() => {
    void page.levels.value;
    const isPlanned = page.planned.value !== null;
    // Without its scale the map is not shown, and the chart does not yet say which prices are to be on screen.
    const isShown = page.visible.value !== null && page.scale.value !== null;
    if (page.candles.value !== null && (isPlanned || isShown)) untracked(() => loader.check(isPlanned));
  });
  effect(() => {
    if (page.news.stored.value > 0 && !page.isHidden.peek()) void loader.extend();
  });
}

/** Price may be known from before the map began. */
export const firstShown = (status: Status, candles: CandlesAnswer): number =>
  Math.min(status.first_ms, candles.candles[0]?.[0] ?? status.first_ms);
