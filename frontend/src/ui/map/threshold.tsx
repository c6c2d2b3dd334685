/** What is too little to be drawn, in the units of the legend; remembered by coin. */

import { usd } from "../../format/usd";
import { positionOf, thresholdOf } from "../../primitives/heatmap";
import { setThreshold } from "../../state/actions";
import { usePage } from "../use_page";

const MAX_PLACE = 1000;

export function Threshold() {
  const page = usePage();
  const [value, scale] = [page.threshold.value, page.densityScale.value];
  const text = value === 0 ? "draws all" : `hides below ${usd(value, 3)} per 0.1 %`;
  return (
    <label class="threshold">
      <span class="muted">hide below</span>
      <input
        id="threshold"
        type="range"
        min={0}
        max={MAX_PLACE}
        step={10}
        value={positionOf(value, scale)}
        aria-valuetext={text}
        onInput={(event) => setThreshold(page, thresholdOf(Number(event.currentTarget.value), scale))}
      />
      <output id="threshold-value" for="threshold">
        {value === 0 ? "nothing" : usd(value, 3)}
      </output>
    </label>
  );
}
