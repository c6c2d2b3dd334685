/** The map as a table, for screen readers and for who reads figures: open or not, and the time of its column. */

import { batch, signal } from "@preact/signals";
import type { PageState } from "./page_state";

export class Twin {
  readonly isOpen = signal(false);
  /** Column of the window that is read; null: the newest. */
  readonly timeMs = signal<number | null>(null);
}

/** Opens it at the time that is pointed at. */
export function openTwin(page: PageState): void {
  batch(() => {
    page.twin.timeMs.value = page.pointer.value?.timeMs ?? null;
    page.twin.isOpen.value = true;
  });
}
