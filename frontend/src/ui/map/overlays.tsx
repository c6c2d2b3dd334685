/** What lies over the chart and takes part in its scales; each part reads `page.axes` and places itself. */

import { clockName } from "../../format/time";
import { linesOf } from "../../state/measuring";
import { lazy } from "../lazy";
import { usePage } from "../use_page";
import { FarClusters } from "./far_clusters";

const Measure = lazy(
  (page) => page.measuring.step.value !== "off",
  async () => (await import("../../later")).Measure,
);
const OwnLines = lazy(
  (page) => linesOf(page).length > 0,
  async () => (await import("../../later")).OwnLines,
);

const LayersPopover = lazy(
  (page) => page.layersShown.isOpen.value,
  async () => (await import("../../later")).LayersPopover,
);
const WhatIfOnMap = lazy(
  (page) => page.whatIf.isOnMap.value,
  async () => (await import("../../later")).WhatIfOnMap,
);

const TradeOnMap = lazy(
  (page) => page.view.value.trade !== null,
  async () => (await import("../../later")).TradeOnMap,
);

export function Overlays() {
  return (
    <>
      <AxisZone />
      <FarClusters />
      <OwnLines />
      <Measure />
      <WhatIfOnMap />
      <TradeOnMap />
      <LayersPopover />
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
