/** Levels as lines with labels at the left, entries dashed, a level through time as steps. All beneath the candles. */

import type { LevelStep } from "../../model/wallet_history";
import { type PlacedLine, placeLines, type WalletLine } from "../../model/wallet_lines";
import { CanvasPrimitive, type Target } from "../canvas_primitive";
import type { Theme } from "../heatmap";
import { walletColour } from "./colours";

export interface WalletPicture {
  readonly lines: readonly WalletLine[];
  /** The level of one account through time. */
  readonly history: { readonly runs: readonly (readonly LevelStep[])[]; readonly slot: number } | null;
  readonly theme: Theme;
  readonly ground: string;
}

const FONT_PX = 11;
const ROW_PX = 15;
const PAD_PX = 4;
const DASH = [5, 4];
/** Around each line, in the colour of the ground, so that it stands on any colour of the map. */
const HALO_PX = 2;

export class WalletsPrimitive extends CanvasPrimitive {
  private picture: WalletPicture | null = null;

  constructor(private readonly xOf: (timeMs: number) => number | null) {
    super("bottom");
  }

  show(picture: WalletPicture): void {
    this.picture = picture;
    this.redraw();
  }

  protected draw(target: Target): void {
    const { series, picture } = this;
    if (series === null || picture === null) return;
    const { lines, history, theme, ground } = picture;
    if (lines.length === 0 && history === null) return;
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const yOf = (price: number): number | null => series.priceToCoordinate(price);
      context.save();
      if (history !== null) {
        const path = pathOf(history.runs, this.xOf, yOf, width);
        strokeTwice(context, path, walletColour(theme, history.slot), ground, 2);
      }
      const placed = placeLines(lines, yOf, height, ROW_PX);
      for (const { line, y } of placed) {
        if (y === null) continue;
        const path = new Path2D();
        path.moveTo(0, Math.round(y) + 0.5);
        path.lineTo(width, Math.round(y) + 0.5);
        context.setLineDash(line.kind === "entry" ? DASH : []);
        strokeTwice(context, path, walletColour(theme, line.slot), ground, line.kind === "entry" ? 1 : 1.5);
      }
      context.setLineDash([]);
      context.font = `${FONT_PX}px system-ui, sans-serif`;
      context.textBaseline = "middle";
      for (const each of placed) drawLabel(context, each, walletColour(theme, each.line.slot), ground, width);
      context.restore();
    });
  }
}

function strokeTwice(context: CanvasRenderingContext2D, path: Path2D, colour: string, ground: string, width: number) {
  context.lineWidth = width + HALO_PX;
  context.strokeStyle = ground;
  context.globalAlpha = 0.7;
  context.stroke(path);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.globalAlpha = 1;
  context.stroke(path);
}

/** Steps: level while a column lasts, then straight to the next one. */
function pathOf(
  runs: readonly (readonly LevelStep[])[],
  xOf: (timeMs: number) => number | null,
  yOf: (price: number) => number | null,
  width: number,
): Path2D {
  const path = new Path2D();
  for (const run of runs) {
    let isDown = false;
    for (const { startMs, endMs, price } of run) {
      const [left, right, y] = [xOf(startMs), xOf(endMs), yOf(price)];
      if (left === null || right === null || y === null || right < 0 || left > width) {
        isDown = false;
        continue;
      }
      if (isDown) path.lineTo(left, y);
      else path.moveTo(left, y);
      path.lineTo(right, y);
      isDown = true;
    }
  }
  return path;
}

function drawLabel(
  context: CanvasRenderingContext2D,
  { labelY, text }: PlacedLine,
  colour: string,
  ground: string,
  width: number,
): void {
  const room = width - 2 * PAD_PX;
  const shown = fitted(context, text, room);
  context.fillStyle = ground;
  context.globalAlpha = 0.88;
  context.fillRect(0, labelY - ROW_PX / 2, context.measureText(shown).width + 2 * PAD_PX, ROW_PX);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.fillText(shown, PAD_PX, labelY);
}

/** On a narrow map the ends of a label go, part by part. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  let shown = text;
  while (context.measureText(shown).width > room && shown.includes(" · "))
    shown = shown.slice(0, shown.lastIndexOf(" · "));
  return shown;
}
