/** The window of the map on screen: asked for when the view leaves it, joined to newer columns when a frame is stored. */

import { effect, untracked } from "@preact/signals";
import type { CandlesAnswer, Status } from "../../api/schema";
import { DETAILS } from "../../model/fetch_plan";
import { scaleOf, steadyScale } from "../../primitives/heatmap/scale";
import type { PageState } from "../page_state";
import { HeatLoader } from "./heat_windows";

export function keepHeat(page: PageState): void {
  const loader = new HeatLoader(
    () => {
      const [coin, status, candles] = [page.coin.peek(), page.status.peek(), page.candles.peek()];
      if (coin === null || status === null || candles === null) return null;
      return { coin, firstMs: firstShown(status, candles), lastMs: status.last_ms };
    },
    () => {
      const area = page.visible.peek();
      const [cellHeight, cellWidth] = DETAILS[page.settings.peek().detail];
      return area === null ? null : { ...area, width: area.width / cellWidth, height: area.height / cellHeight };
    },
    (window) => {
      page.heat.value = window;
    },
    (error) => page.tell(error),
  );
  effect(() => {
    void page.coin.value;
    loader.clear();
  });
  effect(() => {
    if (page.visible.value !== null && page.candles.value !== null) untracked(() => loader.check());
  });
  let detail = page.settings.peek().detail;
  effect(() => {
    if (page.settings.value.detail === detail) return;
    detail = page.settings.value.detail;
    loader.renew();
  });
  effect(() => {
    if (page.news.stored.value > 0 && !page.isHidden.peek()) void loader.extend();
  });
  effect(() => {
    const window = page.heat.value;
    const { curve } = page.settings.value;
    page.usdScale.value = window === null ? null : steadyScale(page.usdScale.peek(), scaleOf(window, curve));
  });
}

/** Price may be known from before the map began. */
export const firstShown = (status: Status, candles: CandlesAnswer): number =>
  Math.min(status.first_ms, candles.candles[0]?.[0] ?? status.first_ms);
