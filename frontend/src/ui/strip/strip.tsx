/** The strip under the map: open interest, funding and what else was chosen, on the time axis of the map. */

import { CONTEXT_SERIES, SERIES, type SeriesName } from "../../model/context_series";
import { PANE } from "../../state/strip";
import { lazy } from "../lazy";
import { usePage } from "../use_page";

const Panes = lazy<{ shown: readonly SeriesName[] }>(
  (page) => page.strip.isOpen.value,
  async () => (await import("../../later")).Panes,
);

export function Strip() {
  const page = usePage();
  const { strip } = page;
  const isOpen = strip.isOpen.value;
  const shown = strip.shown.value;
  return (
    <section id="strip" class="strip" aria-label="Context under the map, on the same time axis">
      <div class="strip-head">
        <button
          id="strip-toggle"
          type="button"
          class="strip-toggle"
          aria-expanded={isOpen}
          onClick={() => strip.toggle()}
        >
          <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> Under the map
        </button>
        <div id="strip-series" class="strip-series" role="group" aria-label="What is shown under the map">
          {SERIES.map((name) => (
            <button
              key={name}
              type="button"
              data-value={name}
              aria-pressed={isOpen && shown.includes(name)}
              title={CONTEXT_SERIES[name].meaning}
              onClick={() => strip.toggleSeries(name)}
            >
              {CONTEXT_SERIES[name].name}
            </button>
          ))}
        </div>
      </div>
      {isOpen && shown.length > 0 && (
        // The room is there before the panes are: the map keeps its height.
        <div style={{ minHeight: `${PANE * shown.length}rem` }}>
          <Panes shown={shown} />
        </div>
      )}
    </section>
  );
}
