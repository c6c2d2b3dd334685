/** The texture renderer on a small canvas, as PNG, and the comparison with a stored one. */

import type { HeatmapWindow } from "../model/window";
import { drawTexture, type Edges, makeHatch } from "../primitives/heatmap/draw";
import { drawOutline } from "../primitives/heatmap/draw_outline";
import type { PaintedHeat } from "../primitives/heatmap/painted";
import type { HeatLook } from "../primitives/heatmap/raster";
import { HeatPainter } from "../worker/painter";
import { madeUpWindow } from "./made_up";

export interface Picture extends Omit<HeatLook, "scale"> {
  readonly ratio: number;
  /** Base bands a row holds. */
  readonly bands: number;
  /** Cells of one account: row, first column, past the last. */
  readonly lone: readonly (readonly [number, number, number])[];
}

const SCALE = { low: 2e3, high: 2e6 };
const WIDTH = 90;
const HEIGHT = 60;
const ROWS = 8;
/** Edges between pixels on purpose: rounding is part of what is tested. */
const EDGES = { left: -3.3, right: 84.7, top: 4.4, bottom: 57.2 };

const windowOf = (picture: Picture): HeatmapWindow & { lone: Picture["lone"] } => ({
  ...madeUpWindow({
    rows: ROWS,
    columns: 12,
    density: 0.6,
    holes: [5, 6],
    startMs: 1_700_000_000_000,
    stepMs: 60_000,
    firstBand: 1,
    level: 4,
  }),
  lone: picture.lone,
});

function onCanvas(picture: Picture, painted: PaintedHeat): HTMLCanvasElement {
  const { ratio, theme } = picture;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2d canvas");
  context.fillStyle = theme === "dark" ? "#0a0e13" : "#fbfcfd";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const edges: Edges = {
    left: EDGES.left * ratio,
    right: EDGES.right * ratio,
    cuts: [
      { row: 0, y: EDGES.top * ratio },
      { row: painted.grid.rows, y: EDGES.bottom * ratio },
    ],
  };
  const { columns, holes } = painted;
  drawTexture(context, { canvas: painted.image, columns, holes }, edges, canvas, makeHatch(context, ratio, "#808080"));
  drawOutline(context, painted, edges, canvas, ratio);
  return canvas;
}

/** Painted on the main thread, or by a worker of this script. */
async function draw(picture: Picture, workerScript: string | null): Promise<HTMLCanvasElement> {
  const painter = painterOf(workerScript);
  const painted = await painter.paint(windowOf(picture), { ...picture, scale: SCALE });
  if (painted === null) throw new Error("another request took the place of this one");
  if (painter.isOffThread !== (workerScript !== null)) throw new Error("the worker did not start");
  const canvas = onCanvas(picture, painted);
  painter.close();
  return canvas;
}

export function painterOf(workerScript: string | null): HeatPainter {
  if (workerScript === null) return new HeatPainter(null);
  return new HeatPainter(URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" })));
}

/** The picture as base64 of a PNG. */
export const paint = async (picture: Picture): Promise<string> =>
  (await draw(picture, null)).toDataURL("image/png").split(",")[1] ?? "";

export interface Difference {
  readonly sizeMatches: boolean;
  readonly pixels: number;
  /** Pixels with a channel further than 2 of 255 off. */
  readonly different: number;
  readonly largest: number;
}

/** What is drawn now against a stored PNG (base64). */
export async function compare(
  picture: Picture,
  golden: string,
  workerScript: string | null = null,
): Promise<Difference> {
  const now = await draw(picture, workerScript);
  const bytes = Uint8Array.from(atob(golden), (character) => character.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const pixels = now.width * now.height;
  if (image.width !== now.width || image.height !== now.height) {
    return { sizeMatches: false, pixels, different: pixels, largest: 255 };
  }
  const stored = new OffscreenCanvas(image.width, image.height).getContext("2d");
  const drawn = now.getContext("2d");
  if (stored === null || drawn === null) throw new Error("this browser gives no 2d canvas");
  stored.drawImage(image, 0, 0);
  const a = drawn.getImageData(0, 0, now.width, now.height).data;
  const b = stored.getImageData(0, 0, now.width, now.height).data;
  let different = 0;
  let largest = 0;
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    let off = 0;
    for (let channel = 0; channel < 4; channel += 1) {
      off = Math.max(off, Math.abs((a[4 * pixel + channel] ?? 0) - (b[4 * pixel + channel] ?? 0)));
    }
    if (off > 2) different += 1;
    largest = Math.max(largest, off);
  }
  return { sizeMatches: true, pixels, different, largest };
}
