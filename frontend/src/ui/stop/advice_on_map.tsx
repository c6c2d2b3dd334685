/** What was said of the trade, on the map: clusters in its way, next stops to take, the own liquidation price. */

import type { NextStop, StopAnswer, StopCluster } from "../../api/stop";
import { formatPrice } from "../../format/price";
import { usd } from "../../format/usd";
import type { ChartAxes } from "../../model/places";
import type { PriceSpan } from "../../model/price_span";
import { sourceText } from "../../model/stop_text";
import { spread } from "../../model/what_if_map";
import { moveLine } from "../../state/trade";
import { usePage } from "../use_page";

/** CSS pixels between next stops, so that each can be taken. */
const GAP = 46;
const MAX_NEXT = 4;
/** Between two names. */
const NAME_GAP = 24;

interface AdviceParts {
  readonly axes: ChartAxes;
  readonly prices: PriceSpan;
}

export function AdviceOnMap({ axes, prices }: AdviceParts) {
  const page = usePage();
  const said = page.terms.answer.value;
  if (said === null || typeof said === "string" || said.coin !== page.coin.value) return null;
  const stopY = axes.yOf(said.stop) ?? 0;
  const bySize = [...said.clusters].sort((a, b) => b.notional - a.notional);
  const named = spread(bySize, ({ price_peak }) => axes.yOf(price_peak), NAME_GAP, said.clusters.length);
  const stops = said.next_stops.filter(
    ({ stop }) => stop !== null && isOn(stop, prices) && Math.abs((axes.yOf(stop) ?? 0) - stopY) > NAME_GAP,
  );
  return (
    <>
      {said.clusters.map((cluster) => (
        <Span key={cluster.price_peak} cluster={cluster} axes={axes} isNamed={named.includes(cluster)} />
      ))}
      <Own said={said} axes={axes} prices={prices} />
      {spread(stops, ({ stop }) => (stop === null ? null : axes.yOf(stop)), GAP, MAX_NEXT).map((next) => (
        <Next key={`${next.price_low} ${next.quantile}`} next={next} axes={axes} />
      ))}
    </>
  );
}

const isOn = (price: number | null, { low, high }: PriceSpan): boolean => price !== null && price > low && price < high;

interface SpanParts {
  readonly cluster: StopCluster;
  readonly axes: ChartAxes;
  readonly isNamed: boolean;
}

/** A cluster that the stop has to do with. */
function Span({ cluster, axes, isNamed }: SpanParts) {
  const [top, bottom] = [axes.yOf(cluster.price_high), axes.yOf(cluster.price_low)];
  if (top === null || bottom === null || bottom < 0 || top > axes.height) return null;
  const height = Math.max(bottom - top, 3);
  return (
    <div
      class="trade-cluster"
      data-place={cluster.place}
      style={{ top: `${Math.round(top)}px`, height: `${Math.round(height)}px` }}
    >
      {isNamed ? <span>{`${usd(cluster.notional, 3)}, ${cluster.place}`}</span> : null}
    </div>
  );
}

function Own({ said, axes, prices }: AdviceParts & { readonly said: StopAnswer }) {
  const { solo } = said.liquidation;
  const y = isOn(solo, prices) && solo !== null ? axes.yOf(solo) : null;
  if (y === null) return null;
  return (
    <div class="trade-own" style={{ top: `${Math.round(y)}px` }}>
      <span>{`own liquidation ${formatPrice(solo)}`}</span>
    </div>
  );
}

function Next({ next, axes }: { readonly next: NextStop; readonly axes: ChartAxes }) {
  const page = usePage();
  const { stop } = next;
  const y = stop === null ? null : axes.yOf(stop);
  if (stop === null || y === null) return null;
  const share = next.quantile >= 0.9 ? "9 of 10" : "half";
  return (
    <div class="trade-next" data-source={next.source} style={{ top: `${Math.round(y)}px` }}>
      <button
        type="button"
        title={`The stop goes here: past ${share} of the overshoots (${sourceText(next.source, next.n)})`}
        onClick={() => moveLine(page, "stop", stop)}
      >
        {`${formatPrice(stop)} past ${share}, ${next.source === "simulated" ? "SIMULATED" : next.source}`}
      </button>
    </div>
  );
}
