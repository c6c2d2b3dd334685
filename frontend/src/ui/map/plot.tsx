/** The picture: profile, chart, what lies under the pointer, and notes over them. */

import { useEffect, useRef } from "preact/hooks";
import { youngText } from "../../model/young";
import { ReplayBand } from "../replay/band";
import { usePage } from "../use_page";
import { bindChart } from "./bind_chart";
import { HoverFrame } from "./hover_frame";
import { LateMark } from "./late_mark";
import { Overlays } from "./overlays";
import { ProfilePart } from "./profile_part";
import { Tooltip } from "./tooltip";

const CHART_LABEL = "Candles over the liquidation levels. Arrows move, plus and minus zoom.";

export function Plot() {
  const page = usePage();
  const chart = useRef<HTMLDivElement>(null);
  const profile = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (chart.current === null || profile.current === null) return undefined;
    return bindChart(page, chart.current, profile.current);
  }, [page]);
  const young =
    page.at.value === null ? youngText(page.status.value, page.coin.value, page.frame.value?.coverage ?? null) : null;
  const notice = page.notice.value;
  return (
    <div class="plot">
      <ProfilePart canvas={profile} />
      <div id="chart" ref={chart} tabIndex={0} role="application" aria-label={CHART_LABEL} />
      <Overlays />
      <ReplayBand />
      <HoverFrame />
      <Tooltip />
      <LateMark />
      <div id="notice" class="notice" role="status" hidden={notice === null}>
        {notice}
      </div>
      <div id="busy" class="notice busy" role="status" hidden={!page.isBusy.value}>
        busy: the server is asked again
      </div>
      <p id="young" class="young" hidden={young === null}>
        {young}
      </p>
    </div>
  );
}
