/** The legend: colour of a cell against its USD, with ticks at the quantiles of what is shown, and the threshold. */

import type { HeatmapHeader } from "../api/schema";
import { formatStep } from "../format/time";
import { percent, usd } from "../format/usd";
import type { Mode } from "../model/view_hash";
import { type PaletteName, placeOf, type Theme, thresholdAt, type UsdScale } from "../primitives/heatmap";
import { colourTable, SIZE } from "../primitives/heatmap/palette";
import { el } from "./dom";

export interface LegendView {
  readonly header: HeatmapHeader | null;
  readonly scale: UsdScale | null;
  readonly palette: PaletteName;
  readonly mode: Mode;
  readonly theme: Theme;
  readonly threshold: number;
}

const QUANTILES = ["0.5", "0.9", "0.99"] as const;
const MIN_GAP = 0.13;

export function renderLegend(canvas: HTMLCanvasElement, ticks: HTMLElement, view: LegendView): void {
  drawRamps(canvas, view);
  const { header, scale } = view;
  if (header === null || scale === null || header.quantiles === null) {
    ticks.replaceChildren(el("span", { class: "muted" }, "nothing to colour"));
    return;
  }
  const places: [number, string, string][] = [[0, usd(scale.low, 2), "lowest colour"]];
  for (const name of QUANTILES) {
    const value = header.quantiles[name];
    if (value === undefined) continue;
    const place = placeOf(value, scale);
    const previous = places[places.length - 1]?.[0] ?? -1;
    if (place - previous < MIN_GAP) continue;
    // The last label ends at its tick, so it needs twice the room.
    if (place > 0.9 && places.length > 1 && place - previous < 2 * MIN_GAP) places.pop();
    places.push([
      place,
      `${usd(value, 3)}${place >= 1 ? "+" : ""}`,
      `${percent(Number(name))} of the cells with anything hold less`,
    ]);
  }
  ticks.replaceChildren(
    ...places.map(([place, text, title]) => {
      const tick = el("span", { class: "tick", title }, text);
      tick.style.left = `${place * 100}%`;
      tick.classList.toggle("last", place > 0.9);
      tick.classList.toggle("first", place < 0.1);
      return tick;
    }),
  );
}

/** What one cell is: its step in time and in price. */
export function cellText(header: HeatmapHeader | null): string {
  if (header === null) return "";
  const width = Math.expm1(header.log_width * 2 ** header.level) * 100;
  return `cell: ${formatStep(header.step_ms)} × ${width < 1 ? width.toFixed(2) : width.toFixed(1)} %`;
}

/** Sets a slider's position and what a screen reader says of it. */
export function describeThreshold(slider: HTMLInputElement, output: HTMLElement, maximum: number): number {
  const value = thresholdAt(Number(slider.value), maximum);
  const text = value === 0 ? "all" : `≥ ${usd(value, 3)}`;
  slider.setAttribute("aria-valuetext", value === 0 ? "draws all cells" : `draws cells of at least ${usd(value, 3)}`);
  output.textContent = text;
  return value;
}

function drawRamps(canvas: HTMLCanvasElement, view: LegendView): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  canvas.width = SIZE;
  canvas.height = 2;
  const names =
    view.mode === "split" ? (["long", "short"] as const) : [view.mode === "both" ? view.palette : view.mode];
  for (let line = 0; line < 2; line += 1) {
    const table = colourTable(names[line % names.length] as PaletteName, view.theme);
    const image = pen.createImageData(SIZE, 1);
    image.data.set(table);
    pen.putImageData(image, 0, line);
  }
}
