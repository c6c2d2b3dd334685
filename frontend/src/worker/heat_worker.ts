/** The worker: cells in, a picture out. A file of its own beside app.js (heat_worker.js). */

import { decodeHeatmap } from "../api/heatmap_binary";
import { type Raster, raster } from "../primitives/heatmap/raster";
import { copyOfCells } from "./cells";
import type { OpenRequest, PaintRequest, Reply, Request, SentCells } from "./messages";

/** The scope of a worker, of which the types of a page know nothing. */
interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const windows = new Map<number, SentCells>();

scope.onmessage = ({ data }) => {
  for (const held of windows.keys()) if (held < data.keepFrom) windows.delete(held);
  if (data.kind === "open") open(data);
  else paint(data);
};
scope.postMessage({ kind: "ready" }, []);

/** Bytes that are no window are given back as they are: the page says what is wrong with them. */
function open({ id, window, bytes }: OpenRequest): void {
  try {
    windows.set(window, copyOfCells(decodeHeatmap(bytes)));
  } catch {
    windows.delete(window);
  }
  scope.postMessage({ kind: "opened", id, bytes }, [bytes]);
}

function paint({ id, window, cells, options }: PaintRequest): void {
  try {
    if (cells !== null) windows.set(window, cells);
    const held = windows.get(window);
    if (held === undefined) throw new Error(`window ${window} is not held`);
    const drawn = raster(held, options);
    const picture = pictureOf(drawn, held.columns);
    const transfer = picture instanceof Uint8ClampedArray ? [picture.buffer] : [picture];
    scope.postMessage({ kind: "painted", id, picture, grid: drawn.grid, outline: drawn.outline }, transfer);
  } catch (error) {
    scope.postMessage({ kind: "failed", id, error: String(error) }, []);
  }
}

function pictureOf({ pixels, grid }: Raster, columns: number): ImageBitmap | Uint8ClampedArray<ArrayBuffer> {
  const hasCanvas = typeof OffscreenCanvas !== "undefined";
  const context = hasCanvas ? new OffscreenCanvas(columns, grid.rows).getContext("2d") : null;
  if (context === null) return pixels;
  context.putImageData(new ImageData(pixels, columns, grid.rows), 0, 0);
  return context.canvas.transferToImageBitmap();
}
