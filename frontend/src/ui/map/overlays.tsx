/** What lies over the chart and takes part in its scales; each part reads `page.axes` and places itself. */

import { clockName } from "../../format/time";
import { usePage } from "../use_page";
import { FarClusters } from "./far_clusters";

export function Overlays() {
  return (
    <>
      <AxisZone />
      <FarClusters />
    </>
  );
}

/** Below the price axis: the clock that the times beside it are of. */
function AxisZone() {
  const page = usePage();
  return (
    <span id="axis-zone" class="axis-zone muted">
      {clockName(page.visible.value?.endMs ?? 0, page.view.value.zone)}
    </span>
  );
}
