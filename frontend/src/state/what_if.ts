/** The question "what if price gets there?": its price, its line on the map, and the run that answered it last. */

import { batch, signal } from "@preact/signals";
import type { Cascade, Ensemble } from "../api/cascade";
import { ungrouped } from "../format/typed";
import { openPanel } from "./actions";
import type { PageState } from "./page_state";

/** Where the line stands first, a part of the mark. */
const FIRST_PART = 0.95;

export class WhatIf {
  /** The price, as typed or dragged to. */
  readonly price = signal("");
  /** Its line and the answer stand on the map. */
  readonly isOnMap = signal(false);
  /** Counts how often a run was asked for outside of the form. */
  readonly runAsked = signal(0);
  readonly result = signal<Cascade | null>(null);
  /** Of several runs, of which `result` is the one with nothing drawn. */
  readonly ensemble = signal<Ensemble | null>(null);

  /** null: nothing that is a price. */
  get typedPrice(): number | null {
    const price = Number(ungrouped(this.price.value));
    return price > 0 && Number.isFinite(price) ? price : null;
  }

  setPrice(price: number): void {
    this.price.value = String(Number(price.toPrecision(5)));
  }

  /** The map as it was. */
  clear(): void {
    batch(() => {
      this.isOnMap.value = false;
      this.result.value = null;
    });
  }
}

/** Shows the line, or takes it and what was simulated away. */
export function toggleWhatIf(page: PageState): void {
  if (page.whatIf.isOnMap.value) page.whatIf.clear();
  else showWhatIf(page);
}

function showWhatIf(page: PageState): void {
  const { whatIf } = page;
  const mark = page.mark.value;
  batch(() => {
    if (whatIf.typedPrice === null && mark !== null) whatIf.setPrice(mark * FIRST_PART);
    whatIf.isOnMap.value = true;
    openPanel(page, "what-if");
  });
}

/** Price goes to where a cluster stands: asked at once. */
export function askWhatIf(page: PageState, price: number): void {
  batch(() => {
    page.drawer.value = [];
    page.whatIf.setPrice(price);
    showWhatIf(page);
    page.whatIf.runAsked.value += 1;
  });
}
