/** Resting orders over the heat and beneath the candles: ribbons of summaries, cells of archived books. */

import type { ISeriesApi, SeriesType } from "lightweight-charts";
import { CanvasPrimitive, type Target } from "../canvas_primitive";
import { drawTexture, type HeatTexture } from "../heatmap/draw";
import { makeCanvas, penOf } from "../heatmap/painted";
import type { Theme } from "../heatmap/palette";
import { cutsOf } from "../heatmap/primitive";
import { BOOK_COLOURS, cssOf } from "./colours";
import { type BookLayer, rowPrice, SIDES } from "./data";
import { type Bar, placeHoles, placeReach, placeRibbons, type Ribbon, type Scales } from "./ribbons";
import { rasteriseBook } from "./texture";

export interface BookLook {
  readonly theme: Theme;
  /** Of the ground, as an edge of the ribbons. */
  readonly ground: string;
  /** Of the sign of "not loaded". */
  readonly hole: string;
}

/** Of the last picture while another is loading, as of the heat. */
const DIMMED = 0.4;
const REACH_ALPHA = 0.6;
const EDGE_ALPHA = 0.4;
const HOLE_HEIGHT = 3;
const HOLE_DASH = [4, 4];

export class BookPrimitive extends CanvasPrimitive {
  private layer: BookLayer | null = null;
  private look: BookLook | null = null;
  private texture: HeatTexture | null = null;
  private isDimmed = false;

  /** xOf: media x of a time, as the heat has it. */
  constructor(private readonly xOf: (timeMs: number) => number | null) {
    super("bottom");
  }

  /** null takes the layer away. */
  show(layer: BookLayer | null, look: BookLook): void {
    const isSame = layer === this.layer && look.theme === this.look?.theme;
    this.layer = layer;
    this.look = look;
    if (!isSame) this.texture = layer === null || layer.cells === null ? null : makeBookTexture(layer, look.theme);
    this.redraw();
  }

  /** What is shown is of what was asked for before. */
  setDimmed(isDimmed: boolean): void {
    if (isDimmed === this.isDimmed) return;
    this.isDimmed = isDimmed;
    this.redraw();
  }

  protected draw(target: Target): void {
    const { series, layer, look } = this;
    if (series === null || layer === null || look === null) return;
    if (this.texture !== null) this.drawCells(target, layer, this.texture, series);
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const scales: Scales = { xOf: this.xOf, yOf: (price) => series.priceToCoordinate(price), width, height };
      context.save();
      const strength = this.isDimmed ? DIMMED : 1;
      const ribbons = placeRibbons(layer, scales);
      for (const side of SIDES) {
        const path = pathOf(ribbons.filter((ribbon) => ribbon.side === side));
        context.globalAlpha = strength * EDGE_ALPHA;
        context.strokeStyle = look.ground;
        context.lineWidth = 3;
        context.stroke(path);
        context.globalAlpha = strength;
        context.fillStyle = context.strokeStyle = cssOf(BOOK_COLOURS[look.theme][side]);
        context.fill(path);
        // A thin ribbon that rises steeply has hardly any width of its own.
        context.lineWidth = 1;
        context.stroke(path);
      }
      context.globalAlpha = strength * REACH_ALPHA;
      const reach = placeReach(layer, scales);
      for (const side of SIDES)
        fill(
          context,
          reach.filter((bar) => bar.side === side),
          cssOf(BOOK_COLOURS[look.theme][side]),
        );
      context.globalAlpha = strength;
      drawHoles(context, placeHoles(layer, scales), height, look.hole);
      context.restore();
    });
  }

  private drawCells(target: Target, layer: BookLayer, texture: HeatTexture, series: ISeriesApi<SeriesType>): void {
    const { cells } = layer;
    const left = this.xOf(layer.startMs);
    const right = this.xOf(layer.startMs + layer.columns * layer.stepMs);
    if (cells === null || left === null || right === null) return;
    const cuts = cutsOf(cells.rows, (row) => series.priceToCoordinate(rowPrice(cells, cells.rows - row)));
    if (cuts === null) return;
    target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio, verticalPixelRatio }) => {
      context.save();
      if (this.isDimmed) context.globalAlpha = DIMMED;
      const edges = {
        left: left * horizontalPixelRatio,
        right: right * horizontalPixelRatio,
        cuts: cuts.map(({ row, y }) => ({ row, y: y * verticalPixelRatio })),
      };
      drawTexture(context, texture, edges, bitmapSize, null);
      context.restore();
    });
  }
}

function makeBookTexture(layer: BookLayer, theme: Theme): HeatTexture | null {
  const rows = layer.cells?.rows ?? 0;
  if (rows === 0 || layer.columns === 0) return null;
  const canvas = makeCanvas(layer.columns, rows);
  penOf(canvas).putImageData(new ImageData(rasteriseBook(layer, theme), layer.columns, rows), 0, 0);
  return { canvas, columns: layer.columns, holes: [] };
}

/** Along the distance, and back along the edge. */
function pathOf(ribbons: readonly Ribbon[]): Path2D {
  const path = new Path2D();
  for (const { points } of ribbons) {
    points.forEach(({ x, line }, index) => {
      if (index === 0) path.moveTo(x, line);
      else path.lineTo(x, line);
    });
    for (let index = points.length - 1; index >= 0; index -= 1) {
      const point = points[index];
      if (point !== undefined) path.lineTo(point.x, point.edge);
    }
    path.closePath();
  }
  return path;
}

/** All bars at once. */
function fill(context: CanvasRenderingContext2D, bars: readonly Bar[], colour: string): void {
  if (bars.length === 0) return;
  context.beginPath();
  for (const { x, y, width, height } of bars) context.rect(x, y, width, height);
  context.fillStyle = colour;
  context.fill();
}

function drawHoles(
  context: CanvasRenderingContext2D,
  holes: readonly (readonly [number, number])[],
  height: number,
  colour: string,
): void {
  if (holes.length === 0) return;
  context.beginPath();
  for (const [left, right] of holes) {
    context.moveTo(left, height - HOLE_HEIGHT);
    context.lineTo(right, height - HOLE_HEIGHT);
  }
  context.setLineDash(HOLE_DASH);
  context.lineWidth = HOLE_HEIGHT;
  context.strokeStyle = colour;
  context.stroke();
}
