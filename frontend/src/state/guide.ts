/** The guide "how to read this map": which step is shown, and whether the reader has closed it before. */

import { signal } from "@preact/signals";

const KEY = "liqscape.guide";
const CLOSED = "closed";

export class Guide {
  /** null: closed. */
  readonly step = signal<number | null>(null);
  /** The reader never closed it: the way to it is offered. */
  readonly isNew = signal(isFirstVisit());

  toggle(): void {
    if (this.step.peek() === null) this.step.value = 0;
    else this.close();
  }

  /** Remembered in the browser. */
  close(): void {
    this.step.value = null;
    this.isNew.value = false;
    try {
      localStorage.setItem(KEY, CLOSED);
    } catch {
      // A browser that keeps nothing offers it again.
    }
  }
}

function isFirstVisit(): boolean {
  try {
    return localStorage.getItem(KEY) !== CLOSED;
  } catch {
    return true;
  }
}
