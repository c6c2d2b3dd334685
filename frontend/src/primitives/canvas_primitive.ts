/** What each of our layers is to the chart library: tied to the series, drawn again when it asks for it. */

import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  PrimitivePaneViewZOrder,
  SeriesAttachedParameter,
  SeriesType,
  Time,
} from "lightweight-charts";

/** The canvas that a layer draws on, in CSS or device pixels; from fancy-canvas. */
export type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

export class SeriesPrimitive implements ISeriesPrimitive<Time> {
  /** null while the chart does not have it. */
  protected series: ISeriesApi<SeriesType> | null = null;
  private requestUpdate: (() => void) | null = null;

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.series = parameters.series;
    this.requestUpdate = parameters.requestUpdate;
  }

  detached(): void {
    this.series = null;
  }

  /** With the chart's next frame. */
  protected redraw(): void {
    this.requestUpdate?.();
  }
}

/** One picture over or under the candles. */
export abstract class CanvasPrimitive extends SeriesPrimitive {
  private readonly views: readonly IPrimitivePaneView[];

  constructor(order: PrimitivePaneViewZOrder) {
    super();
    this.views = [viewOf(order, (target) => this.draw(target))];
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  protected abstract draw(target: Target): void;
}

export function viewOf(order: PrimitivePaneViewZOrder, draw: (target: Target) => void): IPrimitivePaneView {
  const renderer: IPrimitivePaneRenderer = { draw };
  return { zOrder: () => order, renderer: () => renderer };
}
