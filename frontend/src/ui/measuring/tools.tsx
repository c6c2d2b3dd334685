/** The buttons that measure: distance, own lines, percent lines, and the clock of the times. */

import { toggleLayer, toggleZone } from "../../state/actions";
import { addLine, toggleMeasuring } from "../../state/measuring";
import { usePage } from "../use_page";

export function MeasuringTools() {
  const page = usePage();
  const isMeasuring = page.measuring.step.value !== "off";
  const hasPercent = page.layers.value.has("percent");
  const isLocal = page.view.value.zone === "local";
  return (
    <>
      <button
        id="measure-tool"
        type="button"
        aria-pressed={isMeasuring}
        title="Distance in % and USD of levels between two points (m)"
        onClick={() => toggleMeasuring(page)}
      >
        measure
      </button>
      <button
        id="line-tool"
        type="button"
        title="A line of your own, kept in this browser (n)"
        onClick={() => addLine(page)}
      >
        add line
      </button>
      <button
        id="percent-tool"
        type="button"
        aria-pressed={hasPercent}
        title="Lines at 1, 2, 5, 10, 20 and 50 % from the mark"
        onClick={() => toggleLayer(page, "percent")}
      >
        % lines
      </button>
      <button
        id="zone-tool"
        type="button"
        aria-pressed={isLocal}
        title="Times of the chart in UTC or by your own clock (u)"
        onClick={() => toggleZone(page)}
      >
        {isLocal ? "own clock" : "UTC clock"}
      </button>
    </>
  );
}
