/** The tabs of the side panel: one open at a time, arrows move between them. */

import { openPanel } from "../../state/actions";
import { PANELS, type PageState, type PanelName } from "../../state/page_state";
import { usePage } from "../use_page";

const LABELS: Readonly<Record<PanelName, readonly [label: string, title?: string]>> = {
  clusters: ["Clusters", "Clusters (c)"],
  coins: ["Coins"],
  liquidations: ["Liquidated", "Liquidations (l)"],
  "what-if": ["What if"],
  stop: ["Stop", "Entry and stop (e)"],
  setups: ["Setups"],
  score: ["Score"],
  sources: ["Sources", "Data sources (d)"],
  limits: ["Limits"],
};

export function Tabs() {
  const page = usePage();
  const open = page.panel.value;
  return (
    <div class="tabs" role="tablist">
      {PANELS.map((name, index) => {
        const [label, title] = LABELS[name];
        return (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-controls={`panel-${name}`}
            aria-selected={name === open}
            tabIndex={name === open ? 0 : -1}
            title={title}
            onClick={() => choose(page, name)}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              const next = PANELS[(index + step + PANELS.length) % PANELS.length];
              if (step === 0 || next === undefined) return;
              event.stopPropagation();
              choose(page, next)?.focus();
            }}
          >
            {label}
          </button>
        );
      })}
    </div>
  );
}

/** Open a panel by its key: the focus goes to its tab, and what was asked for comes into view. */
export function goToPanel(page: PageState, name: PanelName): void {
  const tab = choose(page, name);
  tab?.focus({ preventScroll: true });
  // Once the panel is drawn. On a narrow page it lies below the map.
  queueMicrotask(() => {
    const row = tab?.parentElement;
    if (row && row.getBoundingClientRect().top > innerHeight / 2) row.scrollIntoView({ block: "start" });
  });
}

function choose(page: PageState, name: PanelName): HTMLElement | null {
  openPanel(page, name);
  const tab = document.getElementById(`tab-${name}`);
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return tab;
}
