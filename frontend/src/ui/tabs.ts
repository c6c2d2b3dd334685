/** The tabs of the side panel: one open at a time, arrows move between them. */

import { byId } from "./dom";

export class Tabs {
  private readonly tabs = [...document.querySelectorAll<HTMLElement>("[role=tab]")];

  constructor(private readonly onOpen: () => void) {
    this.tabs.forEach((tab, index) => {
      tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
      tab.addEventListener("click", () => this.choose(tab));
      tab.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = this.tabs[(index + step + this.tabs.length) % this.tabs.length];
        if (step === 0 || next === undefined) return;
        event.stopPropagation();
        this.choose(next);
        next.focus();
      });
    });
  }

  /** Open the tab `tab-NAME` and move the focus there. */
  open(name: string): void {
    const tab = byId(`tab-${name}`);
    this.choose(tab);
    tab.focus({ preventScroll: true });
    const row = tab.parentElement;
    // On a narrow page the panels lie below the map: what was asked for must come into view.
    if (row !== null && row.getBoundingClientRect().top > innerHeight / 2) row.scrollIntoView({ block: "start" });
  }

  private choose(chosen: HTMLElement): void {
    for (const tab of this.tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls") ?? "").hidden = !isChosen;
    }
    chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.onOpen();
  }
}
