/** Ties bars to the state: new candles, another moment, the scale and the whole range, each as it comes. */

import { effect, untracked } from "@preact/signals";
import type { PageState } from "../../state/page_state";
import type { Bars } from "./bars";

/** Returns what ends it. */
export function bindBars(page: PageState, bars: Bars): (() => void)[] {
  return [
    effect(() => {
      const candles = page.candles.value;
      if (candles !== null) untracked(() => bars.renew(candles));
    }),
    effect(() => {
      void [page.at.value, page.moment.value];
      untracked(() => bars.cut());
    }),
    effect(() => {
      if (page.scale.value !== null) untracked(() => bars.plan());
    }),
    effect(() => {
      if (page.rangeAsked.value > 0) untracked(() => bars.showRange());
    }),
  ];
}
