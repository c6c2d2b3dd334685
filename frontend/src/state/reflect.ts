/** What of the state stands outside of the page's elements: its address, title and theme; and what the browser tells it. */

import { effect } from "@preact/signals";
import { busy } from "../api/busy";
import { formatHash, parseHash } from "../model/view_hash";
import type { PageState } from "./page_state";

const CLOCK_MS = 1_000;

export function reflect(page: PageState): void {
  effect(() => {
    const hash = formatHash(page.view.value);
    if (location.hash !== hash) history.replaceState(null, "", hash);
  });
  effect(() => {
    // Another page shows the map alone, or the reader's whole screen does.
    document.documentElement.dataset.alone = page.isEmbedded.value ? "embed" : page.isFull.value ? "full" : "";
  });
  document.addEventListener("fullscreenchange", () => {
    page.isFull.value = document.fullscreenElement !== null;
  });
  effect(() => {
    document.title = page.coin.value === null ? "liqscape" : `${page.coin.value} · liqscape`;
  });
  effect(() => {
    document.documentElement.dataset.theme = page.theme.value;
  });
  const light = matchMedia("(prefers-color-scheme: light)");
  page.isSystemLight.value = light.matches;
  light.addEventListener("change", () => {
    page.isSystemLight.value = light.matches;
  });
  document.addEventListener("visibilitychange", () => {
    page.isHidden.value = document.hidden;
  });
  busy.listen((isBusy) => {
    page.isBusy.value = isBusy;
  });
  setInterval(() => {
    page.nowMs.value = Date.now();
  }, CLOCK_MS);
}

/** A link that was followed while the page is open; a coin it does not name stays. The address may have been written since. */
export function followLinks(page: PageState, setCoin: (coin: string) => void): void {
  window.addEventListener("hashchange", ({ newURL }) => {
    const next = parseHash(new URL(newURL).hash);
    if (formatHash(next) === formatHash(page.view.value)) return;
    const { coin } = next;
    page.view.value = { ...next, coin: page.coin.value };
    if (coin !== null && coin !== page.coin.value) {
      setCoin(coin);
      const { cluster, trade, span, prices, least } = next;
      page.view.value = { ...page.view.value, cluster, trade, span, prices, least };
    }
    page.rangeAsked.value += 1;
  });
}
