/** The word whose meaning is shown, and what it was opened from. */

import { signal } from "@preact/signals";
import type { WordName } from "../model/glossary";

export interface OpenWord {
  readonly name: WordName;
  readonly anchor: HTMLElement;
}

export class Words {
  readonly open = signal<OpenWord | null>(null);

  /** Once more on the same word closes it. */
  toggle(name: WordName, anchor: HTMLElement): void {
    this.open.value = this.open.peek()?.anchor === anchor ? null : { name, anchor };
  }

  close(): void {
    this.open.value = null;
  }
}
