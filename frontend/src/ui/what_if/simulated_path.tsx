/** The simulated path and the clusters it reached, in a strip of its own time beside the map's last moment. */

import type { Cascade } from "../../api/cascade";
import { usd } from "../../format/usd";
import type { ChartAxes } from "../../model/places";
import { type LadderStep, ladderSteps, pathPoints, spread } from "../../model/what_if_map";
import { type StopStep, stopSteps, stopsLabel } from "../../model/what_if_stops";
import { TRIGGER_COLOURS } from "../../primitives/triggers";
import { usePage } from "../use_page";

/** Of the strip, CSS pixels: a part of the map within bounds. */
const WIDTH_PART = 0.28;
const MIN_WIDTH = 110;
const MAX_WIDTH = 260;
const LABEL_GAP = 15;
const MAX_LABELS = 8;
/** Part of the strip that the largest step's bar takes. */
const BAR_PART = 0.6;
/** The same of stops, which stand at the other edge with a scale of their own. */
const STOP_PART = 0.3;
const TOP = 40;

interface SimulatedPathProps {
  readonly cascade: Cascade;
  readonly axes: ChartAxes;
}

/** CSS pixels, of a map this wide. */
export const stripWidth = (width: number): number =>
  Math.round(Math.min(Math.max(width * WIDTH_PART, MIN_WIDTH), MAX_WIDTH));

export function SimulatedPath({ cascade, axes }: SimulatedPathProps) {
  const width = stripWidth(axes.width);
  const left = axes.width - width;
  const path = pathPoints(cascade).flatMap(({ share, price }) => {
    const y = axes.yOf(price);
    return y === null ? [] : [`${Math.round(left + share * width)},${Math.round(y)}`];
  });
  const steps = ladderSteps(cascade);
  const stops = stopSteps(cascade);
  const minutes = Math.round(cascade.horizon_ms / 60_000);
  return (
    <>
      <svg width={axes.width} height={axes.height} role="img" aria-label={spoken(cascade, steps)}>
        <rect class="strip" x={left} y={0} width={width} height={axes.height} />
        {steps.map((step) => (
          <Step key={step.peak} step={step} largest={largestOf(steps)} left={left} width={width} axes={axes} />
        ))}
        <Stops steps={stops} left={left} width={width * STOP_PART} cascade={cascade} axes={axes} />
        <polyline class="path" points={path.join(" ")} />
        <Labels steps={steps} axes={axes} />
      </svg>
      <p class="what-if-strip" style={{ width: `${width}px`, top: `${TOP}px` }}>
        <b>SIMULATED</b>
        {` ${stopsLabel(cascade)}: mark, ${minutes} min from now, in a time of its own. Bars: `}
        <span class="book">order book</span>, <span class="vault">vault</span>, <span class="adl">ADL</span>
        {stops.length === 0 ? null : "; at the left stops and take-profits, on their own scale"}
      </p>
    </>
  );
}

const sumOf = (step: LadderStep): number => step.book + step.vault + step.adl;
const largestOf = (steps: readonly LadderStep[]): number => Math.max(...steps.map(sumOf), Number.MIN_VALUE);

interface StepProps {
  readonly step: LadderStep;
  readonly largest: number;
  readonly left: number;
  readonly width: number;
  readonly axes: ChartAxes;
}

/** The span of a cluster that was reached, and beside each other what order book, vault and winners took of it. */
function Step({ step, largest, left, width, axes }: StepProps) {
  const [top, bottom] = [axes.yOf(step.high), axes.yOf(step.low)];
  if (top === null || bottom === null) return null;
  const height = Math.max(bottom - top, 3);
  const unit = (width * BAR_PART) / largest;
  const parts = [
    ["book", step.book],
    ["vault", step.vault],
    ["adl", step.adl],
  ] as const;
  let from = left + width;
  return (
    <g class={step.side === 1 ? "long" : "short"}>
      <rect class="span" x={left} y={top} width={width} height={height} />
      {parts.map(([name, notional]) => {
        const size = notional * unit;
        from -= size;
        return <rect key={name} class={name} x={from} y={top} width={size} height={height} />;
      })}
    </g>
  );
}

interface StopsProps {
  readonly steps: readonly StopStep[];
  readonly left: number;
  /** Of the largest one. */
  readonly width: number;
  readonly cascade: Cascade;
  readonly axes: ChartAxes;
}

/** From the left edge of the strip, apart from what was liquidated. */
function Stops({ steps, left, width, cascade, axes }: StopsProps) {
  const colours = TRIGGER_COLOURS[usePage().theme.value];
  const largest = Math.max(...steps.map((step) => step.usd), Number.MIN_VALUE);
  const isFall = cascade.target_price !== null && cascade.target_price < cascade.mark;
  return (
    <g class="stops" fill={isFall ? colours.stop_sell : colours.stop_buy}>
      {steps.map((step) => {
        const [top, bottom] = [axes.yOf(step.high), axes.yOf(step.low)];
        if (top === null || bottom === null) return null;
        const height = Math.max(bottom - top - 1, 1.5);
        return <rect key={step.low} x={left} y={top} width={(step.usd / largest) * width} height={height} />;
      })}
    </g>
  );
}

function Labels({ steps, axes }: { readonly steps: readonly LadderStep[]; readonly axes: ChartAxes }) {
  const shown = spread(
    [...steps].sort((a, b) => sumOf(b) - sumOf(a)).filter((step) => sumOf(step) > 0),
    (step) => axes.yOf(step.peak),
    LABEL_GAP,
    MAX_LABELS,
  );
  return (
    <g class="labels">
      {shown.map((step) => (
        <text key={step.peak} x={axes.width - 6} y={(axes.yOf(step.peak) ?? 0) + 4}>
          {usd(sumOf(step), 3)}
        </text>
      ))}
    </g>
  );
}

function spoken(cascade: Cascade, steps: readonly LadderStep[]): string {
  const first = `Simulated path of ${cascade.coin}, ${stopsLabel(cascade)}; ${steps.length} clusters reached`;
  const side = (step: LadderStep): string => (step.side === 1 ? "longs" : "shorts");
  const rows = steps
    .slice(0, MAX_LABELS)
    .map(
      (step) =>
        `${side(step)} at ${step.peak}: order book ${usd(step.book, 3)}, vault ${usd(step.vault, 3)}, ADL ${usd(step.adl, 3)}`,
    );
  return `${[first, ...rows].join(". ")}.`;
}
