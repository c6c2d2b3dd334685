/** The window of the map on screen: asked for when the view leaves it, joined to newer columns when a frame is stored. */

import { effect, untracked } from "@preact/signals";
import type { CandlesAnswer, Status } from "../../api/schema";
import { CELL_SIZE } from "../../model/fetch_plan";
import { painter } from "../../worker/shared";
import type { PageState } from "../page_state";
import { HeatLoader } from "./heat_windows";

export function keepHeat(page: PageState, open = (bytes: ArrayBuffer) => painter.open(bytes)): void {
  const loader = new HeatLoader({
    source: () => {
      const [coin, status, candles] = [page.coin.peek(), page.status.peek(), page.candles.peek()];
      if (coin === null || status === null || candles === null) return null;
      return { coin, firstMs: firstShown(status, candles), lastMs: status.last_ms, levels: page.levels.peek() };
    },
    area: () => {
      const area = page.visible.peek();
      const [cellHeight, cellWidth] = CELL_SIZE;
      return area === null ? null : { ...area, width: area.width / cellWidth, height: area.height / cellHeight };
    },
    open,
    onWindow: (window) => {
      page.heat.value = window;
    },
    onLate: (isLate) => {
      page.isHeatLate.value = isLate;
    },
    onError: (error) => page.tell(error),
  });
  effect(() => {
    void page.coin.value;
    loader.clear();
  });
  effect(() => {
    void page.levels.value;
    if (page.visible.value !== null && page.candles.value !== null) untracked(() => loader.check());
  });
  effect(() => {
    if (page.news.stored.value > 0 && !page.isHidden.peek()) void loader.extend();
  });
}

/** Price may be known from before the map began. */
export const firstShown = (status: Status, candles: CandlesAnswer): number =>
  Math.min(status.first_ms, candles.candles[0]?.[0] ?? status.first_ms);
