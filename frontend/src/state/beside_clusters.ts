/** What is known beside the clusters of the list; null: not asked for, not answered, or the server has none. */

import { signal } from "@preact/signals";
import type { StructureAnswer } from "../api/structure";

export class BesideClusters {
  readonly structure = signal<StructureAnswer | null>(null);

  clear(): void {
    this.structure.value = null;
  }
}
