/** Puts a texture on a canvas: a drawImage between integer device pixels, in slices where the scale bends; holes hatched. */

import type { HeatmapWindow } from "../../model/window";
import { holeRuns } from "../../model/window";
import { rasterise, type TextureOptions } from "./texture";

/** Edges of the whole window on the canvas, device pixels, as the chart's scales give them. */
export interface Edges {
  readonly left: number;
  readonly right: number;
  /** Where rows of the texture begin, the first and the end among them, downwards; in between it is drawn linearly. */
  readonly cuts: readonly Cut[];
}

export interface Cut {
  readonly row: number;
  readonly y: number;
}

export interface HeatTexture {
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly columns: number;
  readonly holes: readonly (readonly [number, number])[];
}

export function makeTexture(window: HeatmapWindow, options: TextureOptions): HeatTexture {
  const canvas = new OffscreenCanvas(window.columns, window.rows);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2d canvas");
  context.putImageData(new ImageData(rasterise(window, options), window.columns, window.rows), 0, 0);
  return { canvas, columns: window.columns, holes: holeRuns(window.asOf) };
}

const HATCH_STEP = 8;

/** Tile of diagonal lines; the sign of "not loaded". */
export function makeHatch(context: CanvasRenderingContext2D, ratio: number, colour: string): CanvasPattern | null {
  const size = Math.max(Math.round(HATCH_STEP * ratio), 4);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(ratio, 1);
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

/**
 * Draw. Edges are rounded to device pixels, so that equal edges of two windows meet without a seam and a still chart
 * does not shimmer.
 */
export function drawTexture(
  context: CanvasRenderingContext2D,
  texture: HeatTexture,
  edges: Edges,
  size: { readonly width: number; readonly height: number },
  hatch: CanvasPattern | null,
): void {
  const left = Math.round(edges.left);
  const right = Math.round(edges.right);
  if (right <= left || right <= 0 || left >= size.width) return;
  if (hatch !== null) {
    context.fillStyle = hatch;
    const step = (edges.right - edges.left) / texture.columns;
    for (const [first, past] of texture.holes) {
      const from = Math.max(Math.round(edges.left + first * step), 0);
      const to = Math.min(Math.round(edges.left + past * step), size.width);
      if (to > from) context.fillRect(from, 0, to - from, size.height);
    }
  }
  context.imageSmoothingEnabled = false;
  for (let index = 1; index < edges.cuts.length; index += 1) {
    const from = edges.cuts[index - 1] ?? { row: 0, y: 0 };
    const to = edges.cuts[index] ?? from;
    const top = Math.round(from.y);
    const bottom = Math.round(to.y);
    if (bottom <= top || bottom <= 0 || top >= size.height) continue;
    context.drawImage(
      texture.canvas,
      0,
      from.row,
      texture.columns,
      to.row - from.row,
      left,
      top,
      right - left,
      bottom - top,
    );
  }
}
