/** The heatmap beneath the candles: a series primitive at the bottom of the pane. */

import type { IChartApi, Logical, SeriesAttachedParameter, Time } from "lightweight-charts";
import type { BarGrid } from "../../model/candles";
import type { HeatmapWindow } from "../../model/window";
import { CanvasPrimitive, type Target } from "../canvas_primitive";
import { rowStep } from "./density";
import { type Cut, drawTexture, type Edges, makeHatch } from "./draw";
import { drawOutline } from "./draw_outline";
import { letGo, type PaintedHeat, priceAtRow } from "./painted";
import type { HeatLook, RasterOptions } from "./raster";

/** What paints: the worker's painter, or another that does the same. */
export interface Painter {
  /** null where a newer request took the place of this one. */
  paint(window: HeatmapWindow, options: RasterOptions): Promise<PaintedHeat | null>;
}

/** A zoom goes on for many frames: rows of another height are asked for so much after the first that wants them, ms. */
const REPAINT_MS = 80;

/** Strength of the last picture while another one is loading. */
const DIMMED = 0.4;

/** Slices of a texture that does not lie straight on the scale, and CSS pixels from where on that is seen. */
const SLICES = 32;
const SEEN_BEND = 0.5;

/**
 * Where rows 0 (the top one) to `rows` of a texture lie. The logarithmic scale of lightweight-charts adds a small price
 * before it takes the logarithm, which bends it where the lowest price is a small part of the highest.
 */
export function cutsOf(rows: number, yOf: (row: number) => number | null): Cut[] | null {
  const cut = (row: number): Cut | null => {
    const y = yOf(row);
    return y === null ? null : { row, y };
  };
  const all: (Cut | null)[] = [];
  const slices = Math.min(SLICES, rows);
  for (let slice = 0; slice <= slices; slice += 1) all.push(cut(Math.round((rows * slice) / slices)));
  const cuts = all.filter((found) => found !== null);
  const first = cuts[0];
  const last = cuts[cuts.length - 1];
  if (first === undefined || last === undefined || cuts.length < all.length) return null;
  const slope = (last.y - first.y) / rows;
  const isStraight = cuts.every(({ row, y }) => Math.abs(first.y + slope * row - y) < SEEN_BEND);
  return isStraight ? [first, last] : cuts;
}

export interface DrawStatistics {
  draws: number;
  /** Script time of all draws, ms. */
  scriptMs: number;
}

export class HeatmapPrimitive extends CanvasPrimitive {
  readonly statistics: DrawStatistics = { draws: 0, scriptMs: 0 };
  /** Called whenever the view moved: the profile beside the chart is drawn with it. */
  onView: (() => void) | null = null;
  /** Called when a picture that was asked for with show() takes its place. */
  onPainted: (() => void) | null = null;
  private painter: Painter | null = null;
  private painted: PaintedHeat | null = null;
  private shown: { readonly window: HeatmapWindow; readonly look: HeatLook } | null = null;
  /** Base bands a row of the last request holds. */
  private bands: number | null = null;
  /** CSS pixels of the pane then. */
  private paneHeight = 0;
  private isDimmed = false;
  private endMs: number | null = null;
  private soon: ReturnType<typeof setTimeout> | null = null;
  private chart: IChartApi | null = null;
  private grid: BarGrid | null = null;
  private hatch: CanvasPattern | null = null;
  private hatchRatio = 0;
  private hatchColour = "#2a3440";

  constructor() {
    super("bottom");
  }

  override attached(parameters: SeriesAttachedParameter<Time>): void {
    super.attached(parameters);
    this.chart = parameters.chart as IChartApi;
  }

  override detached(): void {
    super.detached();
    this.chart = null;
  }

  updateAllViews(): void {
    this.onView?.();
  }

  /** The time grid of the bars: index i is at startMs + i * intervalMs. */
  setGrid(grid: BarGrid): void {
    this.grid = grid;
    this.redraw();
  }

  usePainter(painter: Painter): void {
    this.painter = painter;
    this.ask();
  }

  /**
   * New data or new colours. The last picture stays, at its time and prices, until the new one is painted; null takes it
   * away.
   */
  show(window: HeatmapWindow | null, look: HeatLook, hatchColour: string): void {
    this.shown = window === null ? null : { window, look };
    if (hatchColour !== this.hatchColour) this.hatch = null;
    this.hatchColour = hatchColour;
    if (window === null) {
      letGo(this.painted);
      this.painted = null;
      this.redraw();
    } else this.ask();
  }

  /** The picture is of what was asked for before: it stays, fainter, while the next is loading. */
  setDimmed(isDimmed: boolean): void {
    if (isDimmed === this.isDimmed) return;
    this.isDimmed = isDimmed;
    this.redraw();
  }

  /** Nothing from this time on is drawn; null: all. */
  setEnd(endMs: number | null): void {
    if (endMs === this.endMs) return;
    this.endMs = endMs;
    this.redraw();
  }

  private askSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.ask();
    }, REPAINT_MS);
  }

  /** Base bands of a row at the zoom as it is. */
  private bandsOf(window: HeatmapWindow): number {
    // A pane of another height is no zoom that breathes: its rows do not rest on what it was before.
    const isSamePane = this.chart?.paneSize().height === this.paneHeight;
    return rowStep(this.bandHeight(window.log_width) ?? 0, isSamePane ? this.bands : null);
  }

  /** Have what is to be shown painted for the zoom as it is. */
  private ask(): void {
    const { painter, shown } = this;
    if (painter === null || shown === null) return;
    const bands = this.bandsOf(shown.window);
    this.bands = bands;
    this.paneHeight = this.chart?.paneSize().height ?? 0;
    painter.paint(shown.window, { ...shown.look, bands }).then(
      (painted) => {
        if (painted === null) return;
        if (this.shown === null) {
          letGo(painted);
          return;
        }
        letGo(this.painted);
        this.painted = painted;
        this.redraw();
        if (this.shown === shown) this.onPainted?.();
      },
      (error: unknown) => console.error(`the map could not be painted: ${String(error)}`),
    );
  }

  /** CSS pixels of a base band in the middle of the pane. */
  private bandHeight(logWidth: number): number | null {
    const height = this.chart?.paneSize().height ?? 0;
    const high = this.series?.coordinateToPrice(0) ?? null;
    const low = this.series?.coordinateToPrice(height) ?? null;
    if (high === null || low === null || !(low > 0 && high > low)) return null;
    return (height * logWidth) / Math.log(high / low);
  }

  /** Media x of a time; a bar's slot spans half a spacing to each side of its centre. null without data. */
  xOf(timeMs: number): number | null {
    const grid = this.grid;
    const scale = this.chart?.timeScale();
    if (grid === null || scale === undefined) return null;
    const logical = (timeMs - grid.startMs) / grid.intervalMs - 0.5;
    const zero = scale.logicalToCoordinate(0 as Logical);
    const one = scale.logicalToCoordinate(1 as Logical);
    if (zero === null || one === null) return null;
    return zero + logical * (one - zero);
  }

  /** Time at a media x: the inverse of xOf. */
  timeAt(x: number): number | null {
    const grid = this.grid;
    const scale = this.chart?.timeScale();
    if (grid === null || scale === undefined) return null;
    const zero = scale.logicalToCoordinate(0 as Logical);
    const one = scale.logicalToCoordinate(1 as Logical);
    if (zero === null || one === null || one === zero) return null;
    return grid.startMs + ((x - zero) / (one - zero) + 0.5) * grid.intervalMs;
  }

  /** Edges of a picture from `startMs` to `endMs` whose row edges stand at the prices, in device pixels. */
  private edges(
    [startMs, stopMs]: readonly [number, number],
    rows: number,
    priceAt: (row: number) => number,
    [horizontalRatio, verticalRatio]: readonly [number, number],
  ): Edges | null {
    const series = this.series;
    if (series === null) return null;
    const left = this.xOf(startMs);
    const right = this.xOf(stopMs);
    if (left === null || right === null) return null;
    const cuts = cutsOf(rows, (row) => series.priceToCoordinate(priceAt(row)));
    if (cuts === null) return null;
    return {
      left: left * horizontalRatio,
      right: right * horizontalRatio,
      cuts: cuts.map(({ row, y }) => ({ row, y: y * verticalRatio })),
    };
  }

  protected draw(target: Target): void {
    const started = performance.now();
    const { painted, shown } = this;
    if (shown !== null && this.bandsOf(shown.window) !== this.bands) this.askSoon();
    if (painted === null) return;
    target.useBitmapCoordinateSpace((scope) => {
      const { context, bitmapSize, horizontalPixelRatio, verticalPixelRatio } = scope;
      const ratios = [horizontalPixelRatio, verticalPixelRatio] as const;
      if (this.hatch === null || this.hatchRatio !== horizontalPixelRatio) {
        this.hatchRatio = horizontalPixelRatio;
        this.hatch = makeHatch(context, this.hatchRatio, this.hatchColour);
      }
      context.save();
      if (this.isDimmed) context.globalAlpha = DIMMED;
      const end = this.endMs === null ? null : this.xOf(this.endMs);
      if (end !== null) {
        context.beginPath();
        context.rect(0, 0, Math.max(Math.round(end * horizontalPixelRatio), 0), bitmapSize.height);
        context.clip();
      }
      const { image, grid, columns, holes, startMs, endMs } = painted;
      const edges = this.edges([startMs, endMs], grid.rows, (row) => priceAtRow(grid, row), ratios);
      if (edges !== null) {
        drawTexture(context, { canvas: image, columns, holes }, edges, bitmapSize, this.hatch);
        drawOutline(context, painted, edges, bitmapSize, horizontalPixelRatio);
      }
      context.restore();
    });
    this.statistics.draws += 1;
    this.statistics.scriptMs += performance.now() - started;
  }
}
