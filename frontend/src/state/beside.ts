/** Further coins beside the first: which they are is part of the view, so a link carries them. */

import { batch } from "@preact/signals";
import { MAX_BESIDE } from "../model/view_hash";
import { change, setCoin } from "./actions";
import type { PageState } from "./page_state";

/** Each once, and not the one of the large map. */
export const besideCoins = (page: PageState): readonly string[] =>
  [...new Set(page.view.value.beside)].filter((coin) => coin !== page.coin.value);

/** Whether there is room for one more. */
export const canStandBeside = (page: PageState): boolean => besideCoins(page).length < MAX_BESIDE;

/** Beside the map, or away again. The coin of the map itself is there already. */
export function toggleBeside(page: PageState, coin: string): void {
  const beside = besideCoins(page);
  if (beside.includes(coin)) change(page, { beside: beside.filter((each) => each !== coin) });
  else if (coin !== page.coin.value && canStandBeside(page)) change(page, { beside: [...beside, coin] });
}

/** The coin takes the large map, and what stood there its place. */
export function makeFirst(page: PageState, coin: string): void {
  const first = page.coin.value;
  batch(() => {
    change(page, { beside: besideCoins(page).flatMap((each) => (each === coin ? (first ?? []) : each)) });
    setCoin(page, coin);
  });
}
