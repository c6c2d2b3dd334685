/** Further coins beside the first: which they are is part of the view, so a link carries them. */

import { MAX_BESIDE } from "../model/view_hash";
import { change } from "./actions";
import type { PageState } from "./page_state";

/** Whether there is room for one more. */
export const canStandBeside = (page: PageState): boolean => page.view.value.beside.length < MAX_BESIDE;

/** Beside the map, or away again. The coin of the map itself is there already. */
export function toggleBeside(page: PageState, coin: string): void {
  const { beside } = page.view.value;
  if (beside.includes(coin)) change(page, { beside: beside.filter((each) => each !== coin) });
  else if (coin !== page.coin.value && canStandBeside(page)) change(page, { beside: [...beside, coin] });
}
