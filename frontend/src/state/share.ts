/** The map given away: a link that shows the same, the whole screen. */

import { formatHash } from "../model/view_hash";
import type { PageState } from "./page_state";

/** What was given away, and how that went. */
export interface ShareSaid {
  readonly what: "link" | "image" | "copy";
  readonly text: string;
}

/** It is said for so long, ms. */
const SAID_MS = 4_000;

export function say(page: PageState, what: ShareSaid["what"], text: string): void {
  const said = { what, text };
  page.shareSaid.value = said;
  setTimeout(() => {
    if (page.shareSaid.peek() === said) page.shareSaid.value = null;
  }, SAID_MS);
}

/** With colours and threshold too, which else are each reader's own. */
export function linkOf(page: PageState): string {
  const view = page.view.value;
  const palette = view.palette ?? page.palette.value;
  const least = page.threshold.value > 0 ? page.threshold.value : view.least;
  const place = new URL(location.href);
  place.hash = formatHash({ ...view, palette, least });
  return place.href;
}

/** Where the browser gives a page no whole screen, the map has the window alone. */
export function toggleFull(page: PageState): void {
  if (page.isEmbedded.peek()) return;
  isFullWanted = !page.isFull.peek();
  page.isFull.value = isFullWanted;
  takeScreen().catch(() => undefined);
}

/** The browser takes a while to open it, and says so even when a reader has left it again by then. */
let isFullWanted = false;

async function takeScreen(): Promise<void> {
  if (isFullWanted && document.fullscreenEnabled) await document.documentElement.requestFullscreen();
  if (!isFullWanted && document.fullscreenElement !== null) await document.exitFullscreen();
}
