/** What the layers of the map show beside their switches, which a link carries: the popover, and resting orders. */

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

export class Layers {
  readonly isOpen = signal(false);
  /** Resting orders, once they were asked for; null: not answered yet. */
  readonly book = signal<{ readonly coin: string; readonly layer: BookLayer } | null>(null);
  /** Why there is no answer. */
  readonly problem = signal<string | null>(null);

  /** Swings, sessions, ranges and volume, once they were asked for; null: not answered. */
  readonly structure = signal<StructureAnswer | null>(null);
  readonly structureProblem = signal<string | null>(null);

  /** Stops and take-profits, once they were asked for; null: not answered. */
  readonly triggers = signal<TriggersAnswer | null>(null);
  readonly triggersProblem = signal<string | null>(null);
  /** What is said of them elsewhere on the page; null: their layer is off. */
  readonly triggerWords = signal<TriggerWords | null>(null);

  toggle(): void {
    this.isOpen.value = !this.isOpen.value;
  }
}
