/** Flow by time in two lanes of one scale: liquidations above, stops and take-profits below. They are not added. */

import type { Cascade } from "../../api/cascade";
import { usd } from "../../format/usd";
import { clock, flowSteps, isCut } from "../../model/what_if_stops";
import { TRIGGER_COLOURS } from "../../primitives/triggers";
import { usePage } from "../use_page";

const [WIDTH, LANE, GAP] = [320, 52, 16];
const HEIGHT = 2 * LANE + GAP;
const MAX_BARS = 120;
/** The chart ends with the minute of the last flow. */
const MINUTE = 60;

export function FlowChart({ cascade }: { readonly cascade: Cascade }) {
  const colours = TRIGGER_COLOURS[usePage().theme.value];
  const last = flowSteps(cascade).at(-1)?.second ?? 0;
  const end = Math.ceil((last + 1) / MINUTE) * MINUTE;
  const step = Math.max(Math.ceil(end / MAX_BARS), 1);
  const steps = flowSteps(cascade, step);
  const top = Math.max(...steps.map((each) => Math.max(each.liquidated, each.stops + each.profits)), Number.MIN_VALUE);
  const isFall = cascade.target_price !== null && cascade.target_price < cascade.mark;
  const stopColour = isFall ? colours.stop_sell : colours.stop_buy;
  const bar = (second: number, value: number, below: number, base: number) => ({
    x: (second / end) * WIDTH,
    width: Math.max((step / end) * WIDTH - 0.4, 0.6),
    y: base - ((value + below) / top) * LANE,
    height: (value / top) * LANE,
  });
  const most = (name: "liquidated" | "stops" | "profits"): string =>
    usd(Math.max(...steps.map((each) => each[name]), 0), 3);
  const span = step === 1 ? "a second" : `${step} seconds`;
  const label = `By time, at most in ${span}: liquidations ${most("liquidated")}, stops ${most("stops")}, take-profits ${most("profits")}`;
  return (
    <figure class="life">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
        {steps.map((each) => (
          <g key={each.second}>
            <rect fill="var(--muted)" {...bar(each.second, each.liquidated, 0, LANE)} />
            <rect fill={stopColour} {...bar(each.second, each.stops, 0, HEIGHT)} />
            <rect fill={colours.take_profit} {...bar(each.second, each.profits, each.stops, HEIGHT)} />
          </g>
        ))}
        <line class="axis" x1={0} x2={WIDTH} y1={LANE} y2={LANE} />
        <line class="axis" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <figcaption>
        <span class="muted">0:00</span>
        <span class="muted">{`highest ${usd(top, 3)} in ${span}`}</span>
        <span class="muted">{clock(end)}</span>
      </figcaption>
      <div class="life-legend">
        <Sign colour="var(--muted)" name="liquidations, above" />
        <Sign colour={stopColour} name="stops, below" />
        <Sign colour={colours.take_profit} name="take-profits, on them" />
      </div>
      {isCut(cascade) ? <p class="muted">Only the first seconds with flow are in the answer.</p> : null}
    </figure>
  );
}

function Sign({ colour, name }: { readonly colour: string; readonly name: string }) {
  return (
    <span>
      <i aria-hidden="true" style={{ background: colour }} />
      {name}
    </span>
  );
}
