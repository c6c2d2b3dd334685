/** What the server said last of the coin, of the newest moment. null: not answered yet. */

import { signal } from "@preact/signals";
import type {
  AsymmetryAnswer,
  CascadesAnswer,
  ClustersAnswer,
  EventsAnswer,
  SweepsAnswer,
  ViewFrame,
} from "../api/schema";
import type { CurrentBands } from "../model/bands";

export class Newest {
  readonly frame = signal<ViewFrame | null>(null);
  readonly bands = signal<CurrentBands | null>(null);
  readonly clusters = signal<ClustersAnswer | null>(null);
  readonly asymmetry = signal<AsymmetryAnswer | null>(null);
  readonly events = signal<EventsAnswer | null>(null);
  readonly sweeps = signal<SweepsAnswer | null>(null);
  readonly cascades = signal<CascadesAnswer | null>(null);

  /** Of another coin. */
  clear(): void {
    this.frame.value = this.bands.value = this.clusters.value = this.asymmetry.value = null;
    this.events.value = this.sweeps.value = this.cascades.value = null;
  }
}
