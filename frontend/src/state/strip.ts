/** The strip under the map: what of the context is shown there, kept in the browser, and what the server said of it. */

import { batch, signal } from "@preact/signals";
import type { ContextAnswer } from "../api/schema";
import { SERIES, type SeriesName } from "../model/context_series";
import { keep, readKept } from "./kept";

interface KeptStrip {
  readonly isOpen?: unknown;
  readonly shown?: unknown;
}

const NAME = "strip";
const USUAL: readonly SeriesName[] = ["interest", "funding", "liquidated"];
/** On a small page the strip would take the map its room: it waits there until it is opened. */
const SMALL = "(max-width: 900px), (max-height: 840px)";

/** Height of a series, in the page's own unit, which grows on very large screens. */
export const PANE = 3.6;

export class Strip {
  readonly isOpen;
  readonly shown;
  /** null: nothing was asked, or not answered yet. */
  readonly answer = signal<ContextAnswer | null>(null);
  /** Why there is no answer. */
  readonly problem = signal<string | null>(null);
  /** The time under a pointer over the strip itself, ms. */
  readonly pointedMs = signal<number | null>(null);

  constructor() {
    const kept = (readKept(NAME) ?? {}) as KeptStrip;
    const listed = Array.isArray(kept.shown) ? kept.shown : null;
    this.isOpen = signal(typeof kept.isOpen === "boolean" ? kept.isOpen : !matchMedia(SMALL).matches);
    this.shown = signal<readonly SeriesName[]>(
      listed === null ? USUAL : SERIES.filter((name) => listed.includes(name)),
    );
  }

  toggle(): void {
    this.isOpen.value = !this.isOpen.value;
    this.save();
  }

  /** While it is closed: open it with this one. */
  toggleSeries(name: SeriesName): void {
    const shown = this.shown.value;
    const isWanted = !this.isOpen.value || !shown.includes(name);
    batch(() => {
      this.isOpen.value = true;
      this.shown.value = SERIES.filter((each) => (each === name ? isWanted : shown.includes(each)));
    });
    this.save();
  }

  private save(): void {
    keep(NAME, { isOpen: this.isOpen.value, shown: this.shown.value });
  }
}
