/**
 * Where summaries are drawn: a ribbon along each distance from the mid, which grows towards the mid as there is more
 * between this distance and the one before. It never leaves its own ring, so ribbons never cover each other. No canvas.
 */

import { at, type BookLayer, type BookScale, type BookSide, placeOf, type Ring } from "./data";

export interface Bar {
  readonly side: BookSide;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** CSS pixels of a ribbon where there is little, and where there is much. */
export const THIN = 1;
export const THICK = 9;

/** Thickness of a ribbon in a ring of so many pixels; at least a pixel of the ring stays free. null where none fits. */
export function thicknessOf(place: number, ring: number): number | null {
  if (ring < THIN + 1) return null;
  return Math.min(THIN + Math.round(place * (THICK - THIN)), Math.max(Math.floor(ring) - 1, THIN));
}

export interface Scales {
  xOf(timeMs: number): number | null;
  yOf(price: number): number | null;
  readonly width: number;
  readonly height: number;
}

/** [first, past) columns that a pane of this width shows, and where they begin. null without a time axis. */
export function columnsInView(
  layer: BookLayer,
  { xOf, width }: Scales,
): [number, number, (column: number) => number] | null {
  const left = xOf(layer.startMs);
  const right = xOf(layer.startMs + layer.columns * layer.stepMs);
  if (left === null || right === null || !(right > left)) return null;
  const step = (right - left) / layer.columns;
  const first = Math.min(Math.max(Math.floor(-left / step), 0), layer.columns);
  const past = Math.min(Math.max(Math.ceil((width - left) / step), first), layer.columns);
  return [first, past, (column) => left + column * step];
}

/** A step of a ribbon is at least so wide: where a column is a pixel, every move of the mid would tear it. */
export const STEP_WIDTH = 6;

/** Columns that one step of a ribbon shows, a power of two: 1 where they are wide enough. */
export function columnsAStep(columnWidth: number): number {
  let count = 1;
  while (count * columnWidth < STEP_WIDTH && count < 2 ** 12) count *= 2;
  return count;
}

/** Columns [from, past) as one: the last mid that is known, and the mean of the densities that are. */
function stepOf(layer: BookLayer, ring: Ring, from: number, past: number): readonly [mid: number, density: number] {
  let mid = Number.NaN;
  let sum = 0;
  let known = 0;
  for (let column = from; column < past; column += 1) {
    const [here, density] = [at(layer.mid, column), at(ring.density, column)];
    if (!(here > 0 && Number.isFinite(density))) continue;
    mid = here;
    sum += density;
    known += 1;
  }
  return [mid, sum / known];
}

/** A piece of a ribbon without a hole; `line` is the y of its distance, `edge` the y towards the mid. */
export interface Ribbon {
  readonly side: BookSide;
  readonly points: readonly RibbonPoint[];
}

export interface RibbonPoint {
  readonly x: number;
  readonly line: number;
  readonly edge: number;
}

/**
 * The ribbons in the pane: straight from the middle of a step to the middle of the next, level to the ends of a piece.
 * Steps begin at whole multiples from the first column on, and one more is taken on both sides of the pane, so that
 * panning changes none of them.
 */
export function placeRibbons(layer: BookLayer, scales: Scales): Ribbon[] {
  const seen = columnsInView(layer, scales);
  if (seen === null) return [];
  const [first, past, xAt] = seen;
  const count = columnsAStep(xAt(1) - xAt(0));
  const begin = Math.max(Math.floor(first / count) - 1, 0) * count;
  const ribbons: Ribbon[] = [];
  for (const ring of layer.rings) {
    let points: RibbonPoint[] = [];
    for (let column = begin; column < Math.min(past + count, layer.columns); column += count) {
      const end = Math.min(column + count, layer.columns);
      const span = spanOf(ring, stepOf(layer, ring, column, end), layer.scale, scales);
      if (span === null) {
        points = [];
        continue;
      }
      if (points.length === 0) {
        ribbons.push({ side: ring.side, points });
        points.push({ x: xAt(column), ...span });
      } else points.pop(); // the end of the step before
      points.push({ x: (xAt(column) + xAt(end)) / 2, ...span }, { x: xAt(end), ...span });
    }
  }
  return ribbons;
}

/** Where a ribbon lies in one step; null where it is not known or has no room. */
function spanOf(
  ring: Ring,
  [mid, density]: readonly [number, number],
  scale: BookScale | null,
  { yOf }: Scales,
): Omit<RibbonPoint, "x"> | null {
  if (!(mid > 0)) return null;
  const way = ring.side === "bid" ? -1 : 1;
  const line = yOf(mid * (1 + (way * ring.outer) / 100));
  const inside = yOf(mid * (1 + (way * ring.inner) / 100));
  if (line === null || inside === null) return null;
  const thickness = thicknessOf(placeOf(density, scale), Math.abs(line - inside));
  return thickness === null ? null : { line, edge: line + way * thickness };
}

/** How far archived books reach: a hairline at the lowest and at the highest price seen, of each column in the pane. */
export function placeReach(layer: BookLayer, scales: Scales): Bar[] {
  const seen = columnsInView(layer, scales);
  const { cells } = layer;
  if (seen === null || cells === null) return [];
  const [first, past, xAt] = seen;
  const bars: Bar[] = [];
  for (const [side, prices] of [
    ["bid", cells.seenLow],
    ["ask", cells.seenHigh],
  ] as const) {
    for (let column = first; column < past; column += 1) {
      const price = at(prices, column);
      const y = price > 0 ? scales.yOf(price) : null;
      if (y !== null && y >= 0 && y <= scales.height) {
        bars.push({ side, x: xAt(column), y: Math.round(y), width: xAt(column + 1) - xAt(column), height: THIN });
      }
    }
  }
  return bars;
}

/** [left, right] of each run of columns in the pane of which no book is loaded. */
export function placeHoles(layer: BookLayer, scales: Scales): [number, number][] {
  const seen = columnsInView(layer, scales);
  if (seen === null) return [];
  const xAt = seen[2];
  return layer.holes
    .map(([first, past]): [number, number] => [Math.max(xAt(first), 0), Math.min(xAt(past), scales.width)])
    .filter(([left, right]) => right > left);
}
