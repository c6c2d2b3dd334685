/** Where the chart goes while an earlier moment is looked at. */

import type { PageState } from "./page_state";

/** Parts of the screen between which the moment stays while it moves. */
const LEFTMOST = 0.1;
const RIGHTMOST = 0.88;

/** The moment stays on screen: the chart moves on with it. */
export function keepInView(page: PageState, atMs: number): void {
  const area = page.visible.peek();
  if (area === null) return;
  const width = area.endMs - area.startMs;
  const place = (atMs - area.startMs) / width;
  if (place >= LEFTMOST && place <= RIGHTMOST) return;
  const startMs = atMs - width * (place > RIGHTMOST && place < 1.2 ? RIGHTMOST : 0.7);
  page.camera.value = { span: { startMs, endMs: startMs + width }, prices: null };
}
