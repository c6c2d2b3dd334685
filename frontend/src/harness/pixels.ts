/** The texture renderer on a small canvas, as PNG, and the comparison with a stored one. */

import type { Mode } from "../model/view_hash";
import { drawTexture, makeHatch, makeTexture } from "../primitives/heatmap/draw";
import type { Theme } from "../primitives/heatmap/palette";
import { type Curve, scaleOf } from "../primitives/heatmap/scale";
import { madeUpWindow } from "./made_up";

export interface Picture {
  readonly ratio: number;
  readonly mode: Mode;
  readonly theme: Theme;
  readonly curve: Curve;
  readonly threshold: number;
}

const WIDTH = 90;
const HEIGHT = 60;
const ROWS = 8;
/** Edges between pixels on purpose: rounding is part of what is tested. */
const EDGES = { left: -3.3, right: 84.7, top: 4.4, bottom: 57.2 };

function draw(picture: Picture): HTMLCanvasElement {
  const { ratio, mode, theme, curve, threshold } = picture;
  const window = madeUpWindow({
    rows: ROWS,
    columns: 12,
    density: 0.6,
    holes: [5, 6],
    startMs: 1_700_000_000_000,
    stepMs: 60_000,
    firstBand: 1,
    level: 4,
  });
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2d canvas");
  context.fillStyle = theme === "dark" ? "#0a0e13" : "#fbfcfd";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const texture = makeTexture(window, { mode, theme, palette: "thermal", scale: scaleOf(window, curve), threshold });
  const edges = {
    left: EDGES.left * ratio,
    right: EDGES.right * ratio,
    cuts: [
      { row: 0, y: EDGES.top * ratio },
      { row: ROWS, y: EDGES.bottom * ratio },
    ],
  };
  drawTexture(context, texture, edges, canvas, makeHatch(context, ratio, "#808080"));
  return canvas;
}

/** The picture as base64 of a PNG. */
export const paint = (picture: Picture): string => draw(picture).toDataURL("image/png").split(",")[1] ?? "";

export interface Difference {
  readonly sizeMatches: boolean;
  readonly pixels: number;
  /** Pixels with a channel further than 2 of 255 off. */
  readonly different: number;
  readonly largest: number;
}

/** What is drawn now against a stored PNG (base64). */
export async function compare(picture: Picture, golden: string): Promise<Difference> {
  const now = draw(picture);
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
