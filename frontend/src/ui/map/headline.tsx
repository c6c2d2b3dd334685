/** The line above the map: coin, mark, what is known of both sides, and what one cell is. */

import { formatPrice } from "../../format/price";
import { formatStep } from "../../format/time";
import { usd } from "../../format/usd";
import { DOUBT_SIGN } from "../../model/freshness";
import type { HeatmapWindow } from "../../model/window";
import { Term } from "../glossary/term";
import { NextClusters } from "../measuring/next_clusters";
import { usePage } from "../use_page";
import { CascadeBadge } from "./cascade_badge";
import { Tools } from "./tools";

export function Headline() {
  const page = usePage();
  const bands = page.bands.value;
  const doubt = page.frame.value?.doubt ?? [];
  const totals = page.frame.value?.totals;
  return (
    <div class="headline">
      <b id="headline-coin">{page.coin.value ?? ""}</b>
      <span id="headline-mark" class="mark" title={doubt.join("; ")}>
        {bands === null ? "" : `${formatPrice(bands.mark)}${doubt.length === 0 ? "" : ` ${DOUBT_SIGN} in doubt`}`}
      </span>
      <span id="headline-sums" class="muted">
        {totals !== undefined && (
          <>
            <Term name="coverage">known positions</Term>
            {`: longs ${usd(totals.long.notional)}, shorts ${usd(totals.short.notional)}`}
          </>
        )}
      </span>
      <Tools />
      <NextClusters />
      <CascadeBadge />
      <span id="headline-levels" class="joint-tag" hidden={!page.isJoint.value}>
        {page.heat.value?.mode === "joint"
          ? "all coins move together"
          : "bars at the left: all coins move; map: this coin alone"}
      </span>
      <span id="headline-cell" class="muted">
        {page.heat.value !== null && <Term name="band">one cell</Term>}
        {cellText(page.heat.value)}
      </span>
    </div>
  );
}

/** What one cell is: its step in time and in price. */
function cellText(window: HeatmapWindow | null): string {
  if (window === null) return "";
  const width = Math.expm1(window.log_width * 2 ** window.level) * 100;
  return `: ${formatStep(window.step_ms)} × ${width < 1 ? width.toFixed(2) : width.toFixed(1)} % of price`;
}
