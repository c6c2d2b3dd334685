/** What is known beside the clusters of the list; null: not asked for, not answered, or the server has none. */

import { signal } from "@preact/signals";
import type { OddsAnswer } from "../api/odds";
import type { StructureAnswer } from "../api/structure";

export class BesideClusters {
  readonly odds = signal<OddsAnswer | null>(null);
  readonly structure = signal<StructureAnswer | null>(null);

  clear(): void {
    this.odds.value = this.structure.value = null;
  }
}
