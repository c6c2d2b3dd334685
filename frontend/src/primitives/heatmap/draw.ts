/** Puts a texture on a canvas: a drawImage between integer device pixels, in slices where the scale bends; holes hatched. */

import { makeCanvas, type PaintedHeat, penOf } from "./painted";

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
  readonly canvas: PaintedHeat["image"];
  readonly columns: number;
  readonly holes: readonly (readonly [number, number])[];
}

const HATCH_STEP = 8;

/** Tile of diagonal lines; the sign of "not loaded". */
export function makeHatch(context: CanvasRenderingContext2D, ratio: number, colour: string): CanvasPattern | null {
  const size = Math.max(Math.round(HATCH_STEP * ratio), 4);
  const tile = makeCanvas(size, size);
  const pen = penOf(tile);
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

/** Where a texture stands, in whole device pixels. */
export interface Place {
  readonly left: number;
  readonly width: number;
  readonly cuts: readonly Cut[];
}

/**
 * Edges rounded to device pixels. Its first corner and its size are rounded apart: a size depends on the zoom alone, so a
 * pan moves the whole picture by whole pixels and no row of it becomes a pixel higher or lower on the way.
 */
export function placeOn(edges: Edges): Place {
  const first = edges.cuts[0]?.y ?? 0;
  const top = Math.round(first);
  return {
    left: Math.round(edges.left),
    width: Math.round(edges.right - edges.left),
    cuts: edges.cuts.map(({ row, y }) => ({ row, y: top + Math.round(y - first) })),
  };
}

/** Draw: holes hatched, then the cells. */
export function drawTexture(
  context: CanvasRenderingContext2D,
  texture: HeatTexture,
  edges: Edges,
  size: { readonly width: number; readonly height: number },
  hatch: CanvasPattern | null,
): void {
  const { left, width, cuts } = placeOn(edges);
  if (width <= 0 || left + width <= 0 || left >= size.width) return;
  if (hatch !== null) {
    context.fillStyle = hatch;
    const step = width / texture.columns;
    for (const [first, past] of texture.holes) {
      const from = Math.max(Math.round(left + first * step), 0);
      const to = Math.min(Math.round(left + past * step), size.width);
      if (to > from) context.fillRect(from, 0, to - from, size.height);
    }
  }
  context.imageSmoothingEnabled = false;
  for (let index = 1; index < cuts.length; index += 1) {
    const from = cuts[index - 1] as Cut;
    const to = cuts[index] as Cut;
    const height = to.y - from.y;
    if (height <= 0 || to.y <= 0 || from.y >= size.height) continue;
    const rows = to.row - from.row;
    context.drawImage(texture.canvas, 0, from.row, texture.columns, rows, left, from.y, width, height);
  }
}
