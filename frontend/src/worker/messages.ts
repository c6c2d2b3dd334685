/** What the page and the worker that paints say to each other. */

import type { Cells, RowGrid } from "../primitives/heatmap/density";
import type { LoneRun } from "../primitives/heatmap/outline";
import type { RasterOptions } from "../primitives/heatmap/raster";

/** Cells of a window; the worker owns the arrays, which were made for it. */
export type SentCells = Cells & { readonly lone: readonly LoneRun[] | null };

/** Windows have numbers, by which the worker keeps their cells. */
interface Kept {
  readonly id: number;
  readonly window: number;
  /** The worker may let go of all windows before this one. */
  readonly keepFrom: number;
}

/** Keep a copy of the cells of an answer and give its bytes back. */
export interface OpenRequest extends Kept {
  readonly kind: "open";
  readonly bytes: ArrayBuffer;
}

export interface PaintRequest extends Kept {
  readonly kind: "paint";
  /** null where the worker has them. */
  readonly cells: SentCells | null;
  readonly options: RasterOptions;
}

export type Request = OpenRequest | PaintRequest;

export interface PaintReply {
  readonly kind: "painted";
  readonly id: number;
  /** The pixels, or where the worker has no canvas, their bytes. */
  readonly picture: ImageBitmap | Uint8ClampedArray<ArrayBuffer>;
  readonly grid: RowGrid;
  readonly outline: Int32Array;
}

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "opened"; readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly kind: "failed"; readonly id: number; readonly error: string }
  | PaintReply;
