/** The buttons of the map: what one does with it beside looking. */

import { closeReplay, togglePlay } from "../../state/replay";
import { openTwin } from "../../state/twin";
import { toggleWhatIf } from "../../state/what_if";
import { Invitation } from "../guide/invitation";
import { LayersButton } from "../layers/button";
import { MeasuringTools } from "../measuring/tools";
import { ShareTools } from "../share/tools";
import { usePage } from "../use_page";

export function Tools() {
  const page = usePage();
  return (
    <div id="tools" class="group small tools" role="group" aria-label="Tools of the map">
      <Invitation />
      <button
        id="tool-what-if"
        type="button"
        aria-pressed={page.whatIf.isOnMap.value}
        title="What if price gets there? Simulated (w)"
        onClick={() => toggleWhatIf(page)}
      >
        What if
      </button>
      <ReplayButton />
      <LayersButton />
      <ShareTools />
      <MeasuringTools />
      <button
        id="tool-twin"
        type="button"
        title="For screen readers and for figures (x)"
        onClick={() => openTwin(page)}
      >
        map as a table
      </button>
    </div>
  );
}

function ReplayButton() {
  const page = usePage();
  const isOpen = page.at.value !== null;
  return (
    <button
      id="replay-open"
      type="button"
      aria-pressed={isOpen}
      title="Look at stored moments as they were (p)"
      onClick={() => (isOpen ? closeReplay(page) : togglePlay(page))}
    >
      replay
    </button>
  );
}
