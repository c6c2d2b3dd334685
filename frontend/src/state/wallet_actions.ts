/** What a reader does with accounts and alerts: open them, and go to a level of them on the map. */

import { batch } from "@preact/signals";
import { bringIntoView, closeDrawer, openDrawer, setCoin } from "./actions";
import type { PageState } from "./page_state";

/** My accounts, or rules of alerts and what fired; where they are open, they close. */
export function toggleView(page: PageState, kind: "accounts" | "alerts"): void {
  if (page.drawer.value.at(-1)?.kind === kind) closeDrawer(page);
  else openDrawer(page, { kind });
}

/** The map of a coin, and a level of it on screen where that coin is looked at already. */
export function showLevel(page: PageState, coin: string, level: number | null): void {
  if (!page.coins.value.some((row) => row.coin === coin)) {
    page.notice.value = `no coin ${coin} here`;
    return;
  }
  batch(() => {
    if (page.coin.value !== coin) setCoin(page, coin);
    else if (level !== null) bringIntoView(page, { low: level, high: level });
  });
}
