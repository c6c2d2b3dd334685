/** The buttons of the map: what one does with it beside looking. */

import { toggleWhatIf } from "../../state/what_if";
import { Invitation } from "../guide/invitation";
import { MeasuringTools } from "../measuring/tools";
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
      <MeasuringTools />
    </div>
  );
}
