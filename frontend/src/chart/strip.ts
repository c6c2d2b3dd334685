/** Draws the strip under the map: panes one below the other on the chart's own time axis, holes hatched. */

import type { ContextAnswer } from "../api/schema";
import { type Series, scaleOf, type Values } from "../model/context_series";
import type { Theme } from "../primitives/heatmap";
import { CANVAS_COLOURS, type CanvasColours } from "./themes";

export interface StripView {
  readonly answer: ContextAnswer;
  readonly series: readonly Series[];
  readonly theme: Theme;
  readonly xOf: (timeMs: number) => number | null;
  /** Of the chart's pane within the strip, and the times at its ends. */
  readonly left: number;
  readonly width: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** CSS pixels of a pane, and of the line of text at its top. */
  readonly paneHeight: number;
  readonly textHeight: number;
  readonly font: string;
}

const BOTTOM = 3;
const HATCH_STEP = 6;
const MIN_BAR = 1;

/** Where values of a pane stand, CSS pixels. */
interface Place {
  readonly top: number;
  readonly bottom: number;
  readonly xAt: (column: number) => number;
  readonly yAt: (value: number) => number;
}

export function drawStrip(canvas: HTMLCanvasElement, view: StripView | null): void {
  const ratio = window.devicePixelRatio;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const xAt = view === null ? null : columnPlaces(view);
  if (view === null || xAt === null) return;
  const colours = CANVAS_COLOURS[view.theme];
  pen.font = view.font;
  view.series.forEach((series, index) => {
    const top = index * view.paneHeight;
    pen.fillStyle = colours.line;
    pen.fillRect(0, top, canvas.clientWidth, 1);
    drawPane(pen, series, view, { top: top + view.textHeight, bottom: top + view.paneHeight - BOTTOM, xAt }, colours);
  });
}

/** Left edges of columns; null while the chart has no times. Linear, as the chart's bars are. */
function columnPlaces({ answer, xOf, left }: StripView): ((column: number) => number) | null {
  const first = xOf(answer.start_ms);
  const end = xOf(answer.start_ms + answer.columns * answer.step_ms);
  if (first === null || end === null || !(end > first)) return null;
  return (column) => left + first + ((end - first) * column) / answer.columns;
}

function drawPane(
  pen: CanvasRenderingContext2D,
  series: Series,
  view: StripView,
  { top, bottom, xAt }: Omit<Place, "yAt">,
  colours: CanvasColours,
): void {
  const { answer, left, width } = view;
  pen.save();
  pen.beginPath();
  pen.rect(left, top - view.textHeight + 1, width, bottom + view.textHeight - top);
  pen.clip();
  hatchHoles(pen, answer, view, { top: top - view.textHeight + 1, bottom, xAt }, colours);
  const scale = scaleOf(series, answer, view.fromMs, view.untilMs);
  if (scale !== null) {
    const [low, high] = scale;
    const place: Place = { top, bottom, xAt, yAt: (value) => bottom - ((value - low) / (high - low)) * (bottom - top) };
    if (series.middle !== undefined) drawRule(pen, view, place.yAt(series.middle), colours.crosshair, [2, 3]);
    if (series.kind === "line") drawLine(pen, series.values(answer), place, colours.mark);
    else {
      const [above, below] = series.sides ?? [];
      const plain = colours.crosshair;
      const up = above === undefined ? plain : colours[above];
      const down = below === undefined ? plain : colours[below];
      const lower = series.down?.(answer);
      drawBars(pen, series.values(answer), 1, place, [up, down]);
      if (lower !== undefined) drawBars(pen, lower, -1, place, [up, down]);
      drawRule(pen, view, place.yAt(0), colours.crosshair, []);
    }
  }
  pen.restore();
  if (scale !== null) drawTicks(pen, series, scale, view, { top, bottom }, colours);
}

/** Columns without a frame, and what is before and after all that was answered. */
function hatchHoles(
  pen: CanvasRenderingContext2D,
  { time_ms: times, columns }: ContextAnswer,
  { left, width }: StripView,
  { top, bottom, xAt }: Omit<Place, "yAt">,
  colours: CanvasColours,
): void {
  pen.beginPath();
  let first = -1;
  for (let column = 0; column <= columns; column += 1) {
    const isHole = column < columns && (times[column] ?? null) === null;
    if (isHole && first < 0) first = column;
    if (isHole || first < 0) continue;
    const [from, to] = [Math.max(xAt(first), left), Math.min(xAt(column), left + width)];
    if (to > from) pen.rect(from, top, to - from, bottom - top);
    first = -1;
  }
  pen.save();
  pen.clip();
  pen.beginPath();
  const height = bottom - top;
  for (let x = left - height; x < left + width; x += HATCH_STEP) {
    pen.moveTo(x, bottom);
    pen.lineTo(x + height, top);
  }
  pen.strokeStyle = colours.hatch;
  pen.lineWidth = 1;
  pen.stroke();
  pen.restore();
}

/** Broken where a value is unknown; one that stands alone is a dot. */
function drawLine(pen: CanvasRenderingContext2D, values: Values, { xAt, yAt }: Place, colour: string): void {
  pen.beginPath();
  let isDown = false;
  values.forEach((value, column) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const [x, y] = [xAt(column + 0.5), yAt(value)];
    if (isDown) pen.lineTo(x, y);
    else {
      pen.moveTo(x - 0.5, y);
      pen.lineTo(x, y);
    }
    isDown = true;
  });
  pen.strokeStyle = colour;
  pen.lineWidth = 1.25;
  pen.lineJoin = "round";
  pen.stroke();
}

function drawBars(
  pen: CanvasRenderingContext2D,
  values: Values,
  way: 1 | -1,
  { xAt, yAt }: Place,
  [up, down]: readonly [string, string],
): void {
  const zero = yAt(0);
  values.forEach((value, column) => {
    if (value === null || value === 0) return;
    const y = yAt(way * value);
    const gap = xAt(column + 1) - xAt(column) > 4 ? 1 : 0;
    const [x, end] = [Math.round(xAt(column)), Math.round(xAt(column + 1)) - gap];
    pen.fillStyle = way * value > 0 ? up : down;
    const tall = Math.max(Math.abs(y - zero), MIN_BAR);
    pen.fillRect(x, way * value > 0 ? zero - tall : zero, Math.max(end - x, 1), tall);
  });
}

function drawRule(
  pen: CanvasRenderingContext2D,
  { left, width }: StripView,
  y: number,
  colour: string,
  dash: number[],
): void {
  pen.save();
  pen.globalAlpha = 0.6;
  pen.setLineDash(dash);
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(left, Math.round(y) + 0.5);
  pen.lineTo(left + width, Math.round(y) + 0.5);
  pen.stroke();
  pen.restore();
}

/** The ends of the scale, where the chart has its prices. */
function drawTicks(
  pen: CanvasRenderingContext2D,
  series: Series,
  [low, high]: readonly [number, number],
  { left, width }: StripView,
  { top, bottom }: Pick<Place, "top" | "bottom">,
  colours: CanvasColours,
): void {
  pen.fillStyle = colours.text;
  pen.textBaseline = "middle";
  const x = left + width + 6;
  pen.fillText(series.tick(high), x, top + 2);
  pen.fillText(series.tick(low), x, bottom - 3);
}
