/** The buttons of the map: what one does with it beside looking. */

import { MeasuringTools } from "../measuring/tools";

export function Tools() {
  return (
    <div id="tools" class="group small tools" role="group" aria-label="Tools of the map">
      <MeasuringTools />
    </div>
  );
}
