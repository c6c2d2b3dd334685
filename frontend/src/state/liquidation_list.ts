/** What a reader does with the list of liquidations. */

import { batch } from "@preact/signals";
import type { LiquidationFilter } from "../model/liquidation_filter";
import type { PageState } from "./page_state";

const MORE = 200;

/** List what fits another filter, the newest of it. */
export function narrowLiquidations(page: PageState, part: Partial<LiquidationFilter>): void {
  batch(() => {
    page.filter.value = { ...page.filter.value, ...part };
    page.moreLiquidations.value = 0;
  });
}

/** List older ones too. */
export function listOlder(page: PageState): void {
  page.moreLiquidations.value += MORE;
}
