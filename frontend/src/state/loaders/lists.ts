/** The list of coins, and how it stands with the sources: rarely, and more often while they are looked at. */

import { effect } from "@preact/signals";
import { fetchCoins, fetchSources } from "../../api/client";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** While nobody looks at their list. */
const COINS_EVERY_MS = 600_000;
/** While the panel of sources is looked at; the standing line needs them less often. */
const SOURCES_MS = 3_000;
const STANDING_MS = 10_000;
/** Coins that the panel of sources lists; the standing line shows one. */
const LISTED_COINS = 12;

export function keepCoins(page: PageState): void {
  let heardMs = Date.now();
  askWhen(
    () => {
      void page.news.stored.value;
      const isOpen = page.panel.value === "coins";
      const isOld = Date.now() - heardMs > COINS_EVERY_MS;
      return page.isStarted.value && !page.isHidden.value && (isOpen || isOld) ? "coins" : null;
    },
    async (_, signal) => {
      const { coins } = await fetchCoins(signal);
      if (signal.aborted) return;
      heardMs = Date.now();
      page.coins.value = coins;
    },
    (error) => page.tell(error),
  );
}

/** Again and again, unless the map follows nothing: then once is enough. */
export function keepSources(page: PageState): void {
  let timer = 0;
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    const isLookedAt = page.panel.peek() === "sources";
    try {
      page.sources.value = await fetchSources(isLookedAt ? LISTED_COINS : 1, page.coin.peek());
      page.heardMs.value = Date.now();
    } catch {
      // The standing line says that the connection is lost; this answer only grows old.
    }
    clearTimeout(timer); // another question may have been asked meanwhile
    if (page.sources.peek()?.state === "none") return;
    timer = window.setTimeout(() => void ask(), isLookedAt && !page.isHidden.peek() ? SOURCES_MS : STANDING_MS);
  };
  effect(() => {
    // What is at hand may be old and short when the panel is opened.
    if (page.isMapServed.value && (page.panel.value === "sources" || page.sources.peek() === null)) void ask();
  });
}
