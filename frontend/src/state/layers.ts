/** What the layers of the map show beside their switches, which a link carries: the popover, and what was answered of each. */

import { signal } from "@preact/signals";
import type { Cluster } from "../api/schema";
import type { StructureAnswer } from "../api/structure";
import type { TriggersAnswer } from "../api/triggers";
import type { BookLayer } from "../primitives/book";

export interface TriggerWords {
  /** At a row of the map. */
  readonly at: (band: number) => readonly string[];
  /** How much of a cluster own stops close before; null: there is nothing to say. */
  readonly before: (cluster: Cluster) => string | null;
}

/** Of one coin, once it was asked for. */
export class LayerAnswer<Answer> {
  /** null: not answered. */
  readonly answer = signal<Answer | null>(null);
  /** Why there is no answer. */
  readonly problem = signal<string | null>(null);
}

export class Layers {
  readonly isOpen = signal(false);
  /** Resting orders, once they were asked for; null: not answered yet. */
  readonly book = signal<{ readonly coin: string; readonly layer: BookLayer } | null>(null);
  /** Why there is no answer. */
  readonly problem = signal<string | null>(null);

  /** Swings, sessions, ranges and volume. */
  readonly structure = new LayerAnswer<StructureAnswer>();

  /** Stops and take-profits. */
  readonly triggers = new LayerAnswer<TriggersAnswer>();
  /** What is said of them elsewhere on the page; null: their layer is off. */
  readonly triggerWords = signal<TriggerWords | null>(null);

  toggle(): void {
    this.isOpen.value = !this.isOpen.value;
  }
}
