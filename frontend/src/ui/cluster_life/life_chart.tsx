/** A cluster's life as a small chart: its size by time above, what came and went by reason below. */

import type { ClusterLifeAnswer } from "../../api/schema";
import { formatSize } from "../../format/price";
import { formatShort } from "../../format/time";
import { GROUP_WORDS, GROUPS, type StepSums, stepSums } from "../../model/reasons";

const WIDTH = 320;
const SIZE_HEIGHT = 64;
const FLOW_HEIGHT = 72;
const GAP = 10;
const HEIGHT = SIZE_HEIGHT + GAP + FLOW_HEIGHT;
/** Above it stands what came, below what went. */
const ZERO = SIZE_HEIGHT + GAP + FLOW_HEIGHT / 2;

const round = (value: number): number => Math.round(value * 100) / 100;

/** The chart and its legend; what it says stands in words beside it. */
export function LifeChart({ life }: { readonly life: ClusterLifeAnswer }) {
  const times = life.life.map((row) => row.time_ms);
  const steps = stepSums(life.changes);
  const first = Math.min(...times, ...steps.map((step) => step.timeMs));
  const last = Math.max(...times, ...steps.map((step) => step.timeMs + life.step_ms), first + 1);
  const x = (ms: number): number => round(((ms - first) / (last - first)) * WIDTH);
  const label = `Size of the cluster from ${formatShort(first)} to ${formatShort(last)} UTC, and why it changed`;
  return (
    <figure class="life">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
        <path class={`size ${life.cluster.side === 1 ? "long" : "short"}`} d={sizePath(life, x)} />
        {flowRects(steps, x, life.step_ms).map(({ key, ...rect }) => (
          <rect key={key} {...rect} />
        ))}
        <line class="axis" x1={0} x2={WIDTH} y1={SIZE_HEIGHT} y2={SIZE_HEIGHT} />
        <line class="axis" x1={0} x2={WIDTH} y1={ZERO} y2={ZERO} />
      </svg>
      <figcaption>
        <span class="muted">{`${formatShort(first)} UTC`}</span>
        <span class="muted">{`coins; most ${formatSize(Math.max(...life.life.map((row) => row.size), 0))}`}</span>
        <span class="muted">{formatShort(last)}</span>
      </figcaption>
      <LifeLegend steps={steps} />
    </figure>
  );
}

/** Steps: a size holds until the next row. */
function sizePath(life: ClusterLifeAnswer, x: (ms: number) => number): string {
  const largest = Math.max(...life.life.map((row) => row.size), Number.MIN_VALUE);
  let path = "";
  for (const row of life.life) {
    const y = round(SIZE_HEIGHT - (row.size / largest) * (SIZE_HEIGHT - 4));
    path += path === "" ? `M${x(row.time_ms)},${SIZE_HEIGHT}V${y}` : `H${x(row.time_ms)}V${y}`;
  }
  return path === "" ? "" : `${path}H${WIDTH}V${SIZE_HEIGHT}Z`;
}

interface FlowRect {
  readonly key: string;
  readonly class: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function flowRects(steps: readonly StepSums[], x: (ms: number) => number, stepMs: number): FlowRect[] {
  const total = (side: StepSums["up"]): number => GROUPS.reduce((sum, group) => sum + (side[group] ?? 0), 0);
  const largest = Math.max(...steps.map((step) => Math.max(total(step.up), total(step.down))), Number.MIN_VALUE);
  const scale = (FLOW_HEIGHT / 2 - 2) / largest;
  const rects: FlowRect[] = [];
  for (const step of steps) {
    const left = x(step.timeMs);
    const width = round(Math.max(x(step.timeMs + stepMs) - left - 0.5, 1));
    for (const [side, direction] of [
      [step.up, -1],
      [step.down, 1],
    ] as const) {
      let from = ZERO;
      for (const group of GROUPS) {
        const height = round((side[group] ?? 0) * scale);
        if (height === 0) continue;
        const y = round(direction === -1 ? from - height : from);
        const key = `${step.timeMs} ${direction} ${group}`;
        rects.push({ key, class: `flow ${group}`, x: left, y, width, height });
        from += direction * height;
      }
    }
  }
  return rects;
}

function LifeLegend({ steps }: { readonly steps: readonly StepSums[] }) {
  const used = GROUPS.filter((group) =>
    steps.some((step) => step.up[group] !== undefined || step.down[group] !== undefined),
  );
  return (
    <div class="life-legend">
      {used.map((group) => (
        <span key={group}>
          <i class={`flow ${group}`} aria-hidden="true" />
          {GROUP_WORDS[group]}
        </span>
      ))}
    </div>
  );
}
