/** Further coins beside the first map: each a map of its own with colours of its own coin's scale. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatPrice } from "../../format/price";
import { formatBy } from "../../format/time";
import { usd } from "../../format/usd";
import { lastMark } from "../../model/last_mark";
import { makeFirst, toggleBeside } from "../../state/beside";
import { keepSmallMaps, type SmallMapState } from "../../state/small_maps";
import { usePage } from "../use_page";
import { bindSmall } from "./bind_small";

export function Beside() {
  const page = usePage();
  const maps = useMemo(() => keepSmallMaps(page), [page]);
  return (
    <>
      {maps.value.map((map) => (
        <SmallMap key={map.coin} map={map} />
      ))}
    </>
  );
}

function SmallMap({ map }: { readonly map: SmallMapState }) {
  const { coin, page } = map;
  const main = usePage();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current === null ? undefined : bindSmall(map, box.current)), [page]);
  const mark = lastMark(page.heat.value, page.at.value);
  const notice = page.notice.value;
  const isLoading = notice === null && (page.heat.value === null || page.isHeatLate.value);
  const isScaled = page.scale.value !== null && page.heat.value !== null;
  const hot = isScaled ? `hot is ${usd(page.densityScale.value.high, 3)} per 0.1 % and more` : "";
  return (
    <section class="small-map" data-coin={coin} aria-label={`Liquidation map of ${coin}`}>
      <div class="small-head">
        <b>{coin}</b>
        <span>
          {mark === null
            ? "mark unknown"
            : `mark ${formatPrice(mark.price)} at ${formatBy(mark.timeMs, page.view.value.zone)}`}
        </span>
        <span class="muted">{hot}</span>
        <button type="button" class="plain-button first" onClick={() => makeFirst(main, coin)}>
          {`Make ${coin} the first`}
        </button>
        <button type="button" class="plain-button" onClick={() => toggleBeside(main, coin)}>
          {`Remove ${coin}`}
        </button>
      </div>
      <div class="small-plot">
        <div class="small-chart" ref={box} />
        <div class="notice" role="status" hidden={notice === null && !isLoading}>
          {notice ?? "loading"}
        </div>
      </div>
    </section>
  );
}
