/** What is simulated, on the map: the line of the price asked about, the path right of now, the clusters it reached. */

import { useEffect } from "preact/hooks";
import type { Cascade } from "../../api/cascade";
import type { PageState } from "../../state/page_state";
import { usePage } from "../use_page";
import { PriceLine } from "./price_line";
import { SimulatedPath, stripWidth } from "./simulated_path";

export function WhatIfOnMap() {
  const page = usePage();
  const { whatIf } = page;
  const axes = page.axes.value;
  const area = page.visible.value;
  const result = whatIf.result.value;
  const isShown = whatIf.isOnMap.value && result !== null && result.coin === page.coin.value;
  useEffect(() => {
    if (isShown && result !== null) makeRoom(page, result);
  }, [isShown, result]);
  if (!whatIf.isOnMap.value || axes === null || area === null) return null;
  const prices = { low: area.lowPrice, high: area.highPrice };
  return (
    <div
      id="what-if-map"
      class="what-if-map"
      role="group"
      aria-label="What if, on the map: simulated"
      style={{ left: `${axes.left}px`, width: `${axes.width}px`, height: `${axes.height}px` }}
    >
      {isShown && result !== null && <SimulatedPath cascade={result} axes={axes} />}
      <PriceLine axes={axes} prices={prices} />
    </div>
  );
}

/** The last moment of the map comes to the left edge of the strip: what is simulated stands right of what was. */
function makeRoom(page: PageState, { as_of_ms: nowMs }: Cascade): void {
  const [area, axes] = [page.visible.peek(), page.axes.peek()];
  if (area === null || axes === null) return;
  const span = area.endMs - area.startMs;
  const endMs = nowMs + (span * stripWidth(axes.width)) / axes.width;
  page.camera.value = { span: { startMs: endMs - span, endMs }, prices: null };
}
