/** A cluster's life as a small chart: its size by time above, what came and went by reason below. */

import type { ClusterLifeAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { formatShort } from "../format/time";
import { GROUP_WORDS, GROUPS, type StepSums, stepSums } from "../model/reasons";
import { el } from "./dom";

const WIDTH = 320;
const SIZE_HEIGHT = 64;
const FLOW_HEIGHT = 72;
const GAP = 10;
const HEIGHT = SIZE_HEIGHT + GAP + FLOW_HEIGHT;
const NAMESPACE = "http://www.w3.org/2000/svg";

type Shape = Readonly<Record<string, string | number>>;

function svg(tag: string, attributes: Shape, ...children: readonly Node[]): SVGElement {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The chart and its legend; what it says stands in words beside it (`lifeTable`). */
export function lifeChart(life: ClusterLifeAnswer): HTMLElement {
  const times = life.life.map((row) => row.time_ms);
  const steps = stepSums(life.changes);
  const first = Math.min(...times, ...steps.map((step) => step.timeMs));
  const last = Math.max(...times, ...steps.map((step) => step.timeMs + life.step_ms), first + 1);
  const x = (ms: number): number => round(((ms - first) / (last - first)) * WIDTH);
  const label = `Size of the cluster from ${formatShort(first)} to ${formatShort(last)} UTC, and why it changed`;
  const figure = el("figure", { class: "life" });
  figure.append(
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
      sizeShape(life, x),
      ...flowShapes(steps, x, life.step_ms),
      svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: SIZE_HEIGHT, y2: SIZE_HEIGHT }),
      svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: zeroOf(), y2: zeroOf() }),
    ),
    el(
      "figcaption",
      {},
      el("span", { class: "muted" }, `${formatShort(first)} UTC`),
      el("span", { class: "muted" }, `coins; most ${formatSize(Math.max(...life.life.map((row) => row.size), 0))}`),
      el("span", { class: "muted" }, formatShort(last)),
    ),
    legend(steps),
  );
  return figure;
}

const zeroOf = (): number => SIZE_HEIGHT + GAP + FLOW_HEIGHT / 2;

/** Steps: a size holds until the next row. */
function sizeShape(life: ClusterLifeAnswer, x: (ms: number) => number): SVGElement {
  const largest = Math.max(...life.life.map((row) => row.size), Number.MIN_VALUE);
  let path = "";
  for (const row of life.life) {
    const y = round(SIZE_HEIGHT - (row.size / largest) * (SIZE_HEIGHT - 4));
    path += path === "" ? `M${x(row.time_ms)},${SIZE_HEIGHT}V${y}` : `H${x(row.time_ms)}V${y}`;
  }
  if (path !== "") path += `H${WIDTH}V${SIZE_HEIGHT}Z`;
  return svg("path", { class: `size ${life.cluster.side === 1 ? "long" : "short"}`, d: path });
}

function flowShapes(steps: readonly StepSums[], x: (ms: number) => number, stepMs: number): SVGElement[] {
  const total = (side: StepSums["up"]): number => GROUPS.reduce((sum, group) => sum + (side[group] ?? 0), 0);
  const largest = Math.max(...steps.map((step) => Math.max(total(step.up), total(step.down))), Number.MIN_VALUE);
  const scale = (FLOW_HEIGHT / 2 - 2) / largest;
  const shapes: SVGElement[] = [];
  for (const step of steps) {
    const left = x(step.timeMs);
    const width = Math.max(x(step.timeMs + stepMs) - left - 0.5, 1);
    for (const [side, direction] of [
      [step.up, -1],
      [step.down, 1],
    ] as const) {
      let from = zeroOf();
      for (const group of GROUPS) {
        const height = round((side[group] ?? 0) * scale);
        if (height === 0) continue;
        const y = direction === -1 ? from - height : from;
        shapes.push(svg("rect", { class: `flow ${group}`, x: left, y: round(y), width: round(width), height }));
        from += direction * height;
      }
    }
  }
  return shapes;
}

function legend(steps: readonly StepSums[]): HTMLElement {
  const used = GROUPS.filter((group) =>
    steps.some((step) => step.up[group] !== undefined || step.down[group] !== undefined),
  );
  return el(
    "div",
    { class: "life-legend" },
    ...used.map((group) =>
      el("span", {}, el("i", { class: `flow ${group}`, "aria-hidden": "true" }), GROUP_WORDS[group]),
    ),
  );
}
