/** Draws structure over the heat and beneath the candles: bars of volume at the left, lines with names, swings. */

import { CanvasPrimitive, type Target } from "../canvas_primitive";
import type { StructureColours } from "./colours";
import {
  type PlacedLine,
  type PlacedSwing,
  placeLines,
  placeSwings,
  type Scales,
  type StructurePicture,
} from "./place";

type Pen = CanvasRenderingContext2D;

const FONT_PX = 11;
/** Part of the pane that the largest bar of volume takes. */
const BAR_PART = 0.16;
const SWING_PX = 4;
const HALO_PX = 2;
const DASHES: Readonly<Record<string, readonly number[]>> = {
  session: [6, 3],
  range: [],
  month: [2, 3],
  profile: [8, 3, 2, 3],
};
const SWING_DASH = [1, 3];
/** CSS pixels that names keep from the right edge, where clusters have their marks. */
const RIGHT = 24;

export class StructurePrimitive extends CanvasPrimitive {
  private picture: StructurePicture | null = null;
  private colours: StructureColours | null = null;
  private ground = "#000000";

  constructor(private readonly xOf: (timeMs: number) => number | null) {
    super("bottom");
  }

  /** null: nothing is drawn. */
  show(picture: StructurePicture | null, colours: StructureColours, ground: string): void {
    this.picture = picture;
    this.colours = colours;
    this.ground = ground;
    this.redraw();
  }

  protected draw(target: Target): void {
    const { series, picture, colours, ground } = this;
    if (series === null || picture === null || colours === null) return;
    target.useMediaCoordinateSpace(({ context: pen, mediaSize: { width, height } }) => {
      const yOf = (price: number): number | null => series.priceToCoordinate(price);
      const scales = { xOf: this.xOf, yOf, width, height };
      pen.save();
      drawVolume(pen, picture, scales, colours);
      for (const each of placeSwings(picture.swings, scales)) drawSwing(pen, each, colours, ground);
      const lines = placeLines(picture.lines, scales);
      for (const each of lines) drawLine(pen, each, colours, ground);
      pen.font = `${FONT_PX}px system-ui, sans-serif`;
      pen.textBaseline = "middle";
      pen.textAlign = "right";
      for (const each of lines) drawName(pen, each, colours, ground, width);
      pen.restore();
    });
  }
}

function drawVolume(
  pen: Pen,
  { bins }: StructurePicture,
  { yOf, width, height }: Scales,
  colours: StructureColours,
): void {
  for (const { low, high, share, isValueArea } of bins) {
    const [top, bottom] = [yOf(high), yOf(low)];
    if (top === null || bottom === null || bottom < 0 || top > height) continue;
    pen.globalAlpha = isValueArea ? 0.5 : 0.35;
    pen.fillStyle = isValueArea ? colours.valueArea : colours.volume;
    pen.fillRect(0, top, share * width * BAR_PART, Math.max(bottom - top - 0.5, 0.5));
  }
  pen.globalAlpha = 1;
}

function drawSwing(pen: Pen, { swing, x, y, right }: PlacedSwing, colours: StructureColours, ground: string): void {
  pen.setLineDash(SWING_DASH);
  strokeTwice(pen, straight(x, right, y), colours.line, ground, 1);
  pen.setLineDash([]);
  const away = swing.isHigh ? -SWING_PX : SWING_PX;
  const corner = new Path2D();
  corner.moveTo(x - SWING_PX, y + away * 2);
  corner.lineTo(x, y + away);
  corner.lineTo(x + SWING_PX, y + away * 2);
  strokeTwice(pen, corner, colours.line, ground, 1.5);
  if (!swing.isTurn) return;
  pen.fillStyle = colours.line;
  pen.fill(corner);
}

function drawLine(pen: Pen, { line, left, right, y }: PlacedLine, colours: StructureColours, ground: string): void {
  pen.setLineDash([...(DASHES[line.kind] ?? [])]);
  strokeTwice(pen, straight(left, right, y), colours.line, ground, 1);
  pen.setLineDash([]);
}

function drawName(pen: Pen, placed: PlacedLine, colours: StructureColours, ground: string, width: number): void {
  if (placed.labelX === null) return;
  const x = Math.min(placed.labelX, width - RIGHT);
  pen.lineWidth = 3;
  pen.strokeStyle = ground;
  pen.strokeText(placed.line.name, x, placed.y - FONT_PX / 2 - 1);
  pen.fillStyle = colours.line;
  pen.fillText(placed.line.name, x, placed.y - FONT_PX / 2 - 1);
}

function straight(left: number, right: number, y: number): Path2D {
  const path = new Path2D();
  path.moveTo(left, Math.round(y) + 0.5);
  path.lineTo(right, Math.round(y) + 0.5);
  return path;
}

function strokeTwice(pen: Pen, path: Path2D, colour: string, ground: string, width: number): void {
  pen.lineWidth = width + HALO_PX;
  pen.strokeStyle = ground;
  pen.stroke(path);
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke(path);
}
