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
import { drawTexture, type Edges, type HeatTexture, makeHatch, makeTexture } from "./draw";
import type { TextureOptions } from "./texture";

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
    const bottom = series.priceToCoordinate(rowPrice(window, 0));
    const top = series.priceToCoordinate(rowPrice(window, window.rows));
    if (left === null || right === null || bottom === null || top === null) return null;
    return {
      left: left * horizontalRatio,
      right: right * horizontalRatio,
      top: top * verticalRatio,
      bottom: bottom * verticalRatio,
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
