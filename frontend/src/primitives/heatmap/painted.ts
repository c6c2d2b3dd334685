/** A finished picture of a window: pixels with the time and the prices they stand at. */

import type { RowGrid } from "./density";
import type { Theme } from "./palette";

export interface PaintedHeat {
  readonly image: ImageBitmap | HTMLCanvasElement | OffscreenCanvas;
  readonly grid: RowGrid;
  /** Edges of lone cells: outline.ts. */
  readonly outline: Int32Array;
  readonly columns: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Columns without a frame, as [first, past the last]. */
  readonly holes: readonly (readonly [number, number])[];
  /** What it was painted for. */
  readonly bands: number;
  readonly theme: Theme;
}

/** Price at the upper edge of a row counted from above; at `rows` the lower edge of the last. */
export const priceAtRow = ({ firstRow, rows, logHeight }: RowGrid, row: number): number =>
  Math.exp((firstRow + rows - row) * logHeight);

/** A canvas of so many pixels, off screen where the browser has that. */
export function makeCanvas(width: number, height: number): HTMLCanvasElement | OffscreenCanvas {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export function penOf(canvas: HTMLCanvasElement | OffscreenCanvas): Pen {
  const pen = canvas.getContext("2d") as Pen | null;
  if (pen === null) throw new Error("this browser gives no 2d canvas");
  return pen;
}

/** Something drawImage takes, of a bitmap or of RGBA bytes. */
export function drawable(
  picture: ImageBitmap | Uint8ClampedArray<ArrayBuffer>,
  columns: number,
  rows: number,
): PaintedHeat["image"] {
  if (!(picture instanceof Uint8ClampedArray)) return picture;
  const canvas = makeCanvas(columns, rows);
  penOf(canvas).putImageData(new ImageData(picture, columns, rows), 0, 0);
  return canvas;
}

/** Frees the memory of a picture that is no longer drawn, at once where the browser can. */
export function letGo(painted: PaintedHeat | null): void {
  if (painted !== null && typeof ImageBitmap !== "undefined" && painted.image instanceof ImageBitmap) {
    painted.image.close();
  }
}
