/** The heatmap beneath the candles: a series primitive at the bottom of the pane. */

import type {
  IChartApi,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  Logical,
  SeriesAttachedParameter,
  SeriesType,
  Time,
} from "lightweight-charts";
import type { BarGrid } from "../../model/candles";
import { endMs, type HeatmapWindow, rowPrice } from "../../model/window";
import { type Cut, drawTexture, type Edges, type HeatTexture, makeHatch, makeTexture } from "./draw";
import type { TextureOptions } from "./texture";

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

/** The canvas context handed to a primitive, from fancy-canvas. */
type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

export interface DrawStatistics {
  draws: number;
  /** Script time of all draws, ms. */
  scriptMs: number;
}

export class HeatmapPrimitive implements ISeriesPrimitive<Time> {
  readonly statistics: DrawStatistics = { draws: 0, scriptMs: 0 };
  /** Called whenever the view moved: the profile beside the chart is drawn with it. */
  onView: (() => void) | null = null;
  private chart: IChartApi | null = null;
  private series: ISeriesApi<SeriesType> | null = null;
  private requestUpdate: (() => void) | null = null;
  private window: HeatmapWindow | null = null;
  private texture: HeatTexture | null = null;
  private grid: BarGrid | null = null;
  private hatch: CanvasPattern | null = null;
  private hatchRatio = 0;
  private hatchColour = "#2a3440";
  private readonly views: readonly IPrimitivePaneView[];

  constructor() {
    const renderer: IPrimitivePaneRenderer = { draw: (target) => this.draw(target) };
    this.views = [{ zOrder: () => "bottom", renderer: () => renderer }];
  }

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.chart = parameters.chart as IChartApi;
    this.series = parameters.series;
    this.requestUpdate = parameters.requestUpdate;
  }

  detached(): void {
    this.chart = null;
    this.series = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  updateAllViews(): void {
    this.onView?.();
  }

  /** The time grid of the bars: index i is at startMs + i * intervalMs. */
  setGrid(grid: BarGrid): void {
    this.grid = grid;
    this.requestUpdate?.();
  }

  /** New data or new colours: the only place where the texture is made. */
  setWindow(window: HeatmapWindow | null, options: TextureOptions, hatchColour: string): void {
    this.window = window;
    this.texture = window === null ? null : makeTexture(window, options);
    if (hatchColour !== this.hatchColour) this.hatch = null;
    this.hatchColour = hatchColour;
    this.requestUpdate?.();
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

  private edges(horizontalRatio: number, verticalRatio: number): Edges | null {
    const window = this.window;
    const series = this.series;
    if (window === null || series === null) return null;
    const left = this.xOf(window.start_ms);
    const right = this.xOf(endMs(window));
    if (left === null || right === null) return null;
    const cuts = cutsOf(window.rows, (row) => series.priceToCoordinate(rowPrice(window, window.rows - row)));
    if (cuts === null) return null;
    return {
      left: left * horizontalRatio,
      right: right * horizontalRatio,
      cuts: cuts.map(({ row, y }) => ({ row, y: y * verticalRatio })),
    };
  }

  private draw(target: Target): void {
    const texture = this.texture;
    if (texture === null) return;
    const started = performance.now();
    target.useBitmapCoordinateSpace((scope) => {
      const edges = this.edges(scope.horizontalPixelRatio, scope.verticalPixelRatio);
      if (edges === null) return;
      if (this.hatch === null || this.hatchRatio !== scope.horizontalPixelRatio) {
        this.hatchRatio = scope.horizontalPixelRatio;
        this.hatch = makeHatch(scope.context, this.hatchRatio, this.hatchColour);
      }
      drawTexture(scope.context, texture, edges, scope.bitmapSize, this.hatch);
    });
    this.statistics.draws += 1;
    this.statistics.scriptMs += performance.now() - started;
  }
}
