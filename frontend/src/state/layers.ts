/** What the layers of the map show beside their switches, which a link carries: the popover, and resting orders. */

import { signal } from "@preact/signals";
import type { StructureAnswer } from "../api/structure";
import type { BookLayer } from "../primitives/book";

export class Layers {
  readonly isOpen = signal(false);
  /** Resting orders, once they were asked for; null: not answered yet. */
  readonly book = signal<{ readonly coin: string; readonly layer: BookLayer } | null>(null);
  /** Why there is no answer. */
  readonly problem = signal<string | null>(null);

  /** Swings, sessions, ranges and volume, once they were asked for; null: not answered. */
  readonly structure = signal<StructureAnswer | null>(null);
  readonly structureProblem = signal<string | null>(null);

  toggle(): void {
    this.isOpen.value = !this.isOpen.value;
  }
}
