/** The candle chart with the heatmap beneath: what of lightweight-charts the page uses, in terms of time and price. */

import {
  type AutoscaleInfo,
  CandlestickSeries,
  createChart,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesPrimitive,
  LineStyle,
  type LogicalRange,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { formatPrice, priceDecimals } from "../format/price";
import type { Clock } from "../format/time";
import type { BarGrid } from "../model/candles";
import type { VisibleArea } from "../model/fetch_plan";
import type { PointerPlace } from "../model/places";
import { HIGHEST_PRICE, LOWEST_PRICE, movedSpan, type PriceSpan } from "../model/price_span";
import { HeatmapPrimitive, type Theme } from "../primitives/heatmap";
import { MarksPrimitive } from "../primitives/marks";
import { SpansPrimitive } from "../primitives/spans";
import { WalletsPrimitive } from "../primitives/wallets";
import { ChartClock } from "./chart_clock";
import { FittedPrices } from "./fitted_prices";
import { axisFontSize, chartOptions, themedCandles, themedChart } from "./options";
import { PriceAxis } from "./price_axis";
import { PriceLines } from "./price_lines";
import { CANVAS_COLOURS } from "./themes";

export interface ChartHandlers {
  readonly onPointer: (place: PointerPlace | null) => void;
  readonly onClick: (place: PointerPlace) => void;
  readonly onView: () => void;
}

const RIGHT_ROOM = 0.06;
/** The end of what is shown for a span of time: a little room stays to the right of the newest. */
export const roomAfter = (startMs: number, endMs: number): number => endMs + (endMs - startMs) * RIGHT_ROOM;

/** Narrower, percent stands below the price on the axis, so that the map keeps its width. */
const NARROW = 640;

const lastClose = (grid: BarGrid | null): number | null =>
  [...(grid?.bars ?? [])].reverse().find((bar) => bar !== null)?.close ?? null;

export class MapChart {
  readonly heat = new HeatmapPrimitive();
  readonly marks = new MarksPrimitive((timeMs) => this.heat.xOf(timeMs));
  readonly wallets = new WalletsPrimitive((timeMs) => this.heat.xOf(timeMs));
  readonly priceAxis = new PriceAxis();
  readonly spans = new SpansPrimitive((price) => formatPrice(price, this.decimals));
  private readonly chart: IChartApi;
  private readonly series: ISeriesApi<"Candlestick">;
  private readonly observer: ResizeObserver;
  private readonly lines = new PriceLines();
  private grid: BarGrid | null = null;
  private markLine: IPriceLine | null = null;
  private theme: Theme;
  private decimals = 2;
  private readonly clock: ChartClock;
  private readonly prices = new FittedPrices();
  /** The bars to be shown with the next frame: until then the library tells those of the last one. */
  private coming: LogicalRange | null = null;

  constructor(
    private readonly container: HTMLElement,
    theme: Theme,
    private readonly handlers: ChartHandlers,
  ) {
    this.theme = theme;
    this.clock = new ChartClock((text) => {
      if (container.dataset.pointedTime !== text) container.dataset.pointedTime = text;
    });
    this.chart = createChart(
      container,
      chartOptions({
        price: (price) => formatPrice(price, this.decimals),
        tick: (aheadMs, type) => this.clock.tickText(aheadMs, type),
        pointed: (aheadMs) => this.clock.pointedText(aheadMs),
      }),
    );
    this.series = this.chart.addSeries(CandlestickSeries, {
      priceLineVisible: false,
      lastValueVisible: false,
      borderVisible: true,
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.prices.info(original),
    });
    this.series.attachPrimitive(this.heat);
    this.series.attachPrimitive(this.wallets);
    this.series.attachPrimitive(this.spans);
    this.series.attachPrimitive(this.marks);
    this.series.attachPrimitive(this.priceAxis);
    this.series.attachPrimitive(this.lines);
    this.priceAxis.onWidth = (width) => this.series.priceScale().applyOptions({ minimumWidth: width });
    this.priceAxis.onWritten = (ticks, pointed) => {
      if (container.dataset.ticks !== ticks) container.dataset.ticks = ticks;
      if (container.dataset.pointed !== pointed) container.dataset.pointed = pointed;
    };
    // Where the largest mark stands in the pane, for tests and scripts.
    this.marks.onDrawn = (largest) => {
      const place = largest === null ? "" : `${Math.round(largest.x)},${Math.round(largest.y)}`;
      if (container.dataset.mark !== place) container.dataset.mark = place;
    };
    this.setTheme(theme);
    this.chart.subscribeCrosshairMove((event) => {
      this.priceAxis.point(event.point?.y ?? null);
      handlers.onPointer(event.point ? this.placeAt(event.point) : null);
    });
    this.chart.subscribeClick((event) => {
      const place = event.point ? this.placeAt(event.point) : null;
      if (place !== null) handlers.onClick(place);
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(() => handlers.onView());
    this.heat.onView = handlers.onView;
    this.observer = new ResizeObserver(() => this.dressAxis());
    this.observer.observe(container);
    // From here on the reader drags the scale: it keeps what it shows and follows nothing.
    container.addEventListener("pointerdown", () => this.letGo(), { capture: true });
  }

  /** One more layer, over the heat. */
  attach(primitive: ISeriesPrimitive<Time>): void {
    this.series.attachPrimitive(primitive);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    const colours = CANVAS_COLOURS[theme];
    this.chart.applyOptions(themedChart(theme));
    this.series.applyOptions(themedCandles(theme));
    this.markLine?.applyOptions({ color: colours.mark });
    this.dressAxis();
    const { long, short, background: outline, text } = colours;
    this.marks.setColours({ long, short, outline, text });
    this.spans.setColours({ long, short, outline });
  }

  private dressAxis(): void {
    const { text, background, mark, crosshair } = CANVAS_COLOURS[this.theme];
    const look = {
      text,
      background,
      mark,
      crosshair,
      fontSize: axisFontSize(),
      fontFamily: getComputedStyle(document.body).fontFamily,
      isNarrow: this.container.clientWidth < NARROW,
    };
    this.priceAxis.setLook(look, lastClose(this.grid));
  }

  /** New bars. The view keeps its times, unless there were none. */
  setBars(grid: BarGrid): void {
    const span = this.visibleSpan();
    const isFirst = this.grid === null;
    this.grid = grid;
    this.clock.setBy(grid.startMs + grid.bars.length * grid.intervalMs);
    this.heat.setGrid(grid);
    if (isFirst) this.dressAxis();
    this.decimals = Math.max(priceDecimals(lastClose(grid) ?? 0) - 1, 0);
    this.series.applyOptions({
      priceFormat: { type: "price", precision: this.decimals, minMove: 10 ** -this.decimals },
    });
    this.series.setData(
      grid.bars.map((bar, index) => {
        const time = ((grid.startMs + index * grid.intervalMs + this.clock.aheadMs) / 1000) as UTCTimestamp;
        return bar === null ? { time } : { time, open: bar.open, high: bar.high, low: bar.low, close: bar.close };
      }),
    );
    if (span !== null) this.showSpan(span[0], span[1]);
  }

  /** Times by another clock. */
  setClock(clock: Clock): void {
    if (clock === this.clock.clock) return;
    this.clock.clock = clock;
    if (this.grid !== null) this.setBars(this.grid);
  }

  /** What the crosshair says in place of the time of its bar; null: that. */
  setPointed(timeMs: number | null): void {
    this.clock.pointedMs = timeMs;
  }

  /** Forget the bars of another coin, so that the next ones start a new view. */
  clear(): void {
    this.grid = this.coming = null;
    this.series.setData([]);
    this.setMark(null);
    this.followPrice();
  }

  /** Show [start, end] with a little room to the right, price scale fitted again. */
  showRange(startMs: number, endMs: number): void {
    this.followPrice();
    this.showSpan(startMs, roomAfter(startMs, endMs));
  }

  /** Exactly these times, prices as they are. */
  showSpan(startMs: number, endMs: number): void {
    const grid = this.grid;
    if (grid === null) return;
    const index = (time: number) => (time - grid.startMs) / grid.intervalMs - 0.5;
    this.showBars(index(startMs), index(endMs));
  }

  /** The library takes them over as it draws; what asks, moves on or sets bars before that goes on from here. */
  private showBars(from: number, to: number): void {
    const coming = { from, to } as LogicalRange;
    this.coming = coming;
    this.chart.timeScale().setVisibleLogicalRange(coming);
    // After the library's own drawing, which it asked for by now.
    requestAnimationFrame(() => {
      if (this.coming !== coming) return;
      this.coming = null;
      this.handlers.onView();
    });
  }

  private get shownBars(): LogicalRange | null {
    return this.coming ?? this.chart.timeScale().getVisibleLogicalRange();
  }

  visibleSpan(): [number, number] | null {
    const range = this.shownBars;
    const grid = this.grid;
    if (range === null || grid === null) return null;
    const time = (index: number) => grid.startMs + (index + 0.5) * grid.intervalMs;
    return [time(range.from), time(range.to)];
  }

  get intervalMs(): number | null {
    return this.grid?.intervalMs ?? null;
  }

  /** CSS pixels of the pane, without the axes. */
  get paneSize(): { width: number; height: number } {
    const size = this.chart.paneSize();
    return { width: size.width, height: size.height };
  }

  visibleArea([cellHeight, cellWidth]: readonly [number, number] = [1, 1]): VisibleArea | null {
    const span = this.visibleSpan();
    const prices = this.visiblePrices();
    const { width, height } = this.paneSize;
    if (span === null || prices === null || width < 2) return null;
    return {
      startMs: span[0],
      endMs: span[1],
      lowPrice: prices.low,
      highPrice: prices.high,
      width: width / cellWidth,
      height: height / cellHeight,
    };
  }

  visiblePrices(): PriceSpan | null {
    if (this.prices.chosen !== null) return this.prices.chosen;
    const high = this.series.coordinateToPrice(0);
    const low = this.series.coordinateToPrice(this.paneSize.height - 1);
    return high !== null && low !== null && low > 0 && high > low ? { low, high } : null;
  }

  yOf(price: number): number | null {
    return this.series.priceToCoordinate(price);
  }

  /** The reader's own lines, and those at round distances from a price; null: none of these. */
  setLines(own: readonly number[], percentFrom: number | null): void {
    const colours = CANVAS_COLOURS[this.theme];
    this.lines.show(own, percentFrom, { own: colours.own, percent: colours.mark, outline: colours.background });
    this.priceAxis.setLines(own.map((price) => ({ price, colour: colours.own })));
  }

  priceOf(y: number): number | null {
    return this.series.coordinateToPrice(y);
  }

  setMark(mark: number | null): void {
    if (this.markLine !== null) this.series.removePriceLine(this.markLine);
    this.markLine = null;
    this.priceAxis.setMark(mark);
    if (mark === null) return;
    this.markLine = this.series.createPriceLine({
      price: mark,
      color: CANVAS_COLOURS[this.theme].mark,
      lineWidth: 1,
      lineStyle: LineStyle.Dotted,
      // The axis writes it, with its name.
      axisLabelVisible: false,
    });
  }

  /** Show these prices; a span that no scale can show is left out. */
  setPrices(span: PriceSpan): void {
    if (!(span.low >= LOWEST_PRICE && span.high <= HIGHEST_PRICE && span.high > span.low)) return;
    this.prices.chosen = span;
    this.followScale();
  }

  /** What the scale shows beside the candles while it follows them. */
  setMass(mass: PriceSpan | null): void {
    if (mass?.low === this.prices.mass?.low && mass?.high === this.prices.mass?.high) return;
    this.prices.mass = mass;
    this.series.priceScale().applyOptions({ autoScale: this.series.priceScale().options().autoScale });
  }

  /** False where the reader chose the prices. */
  get isFollowing(): boolean {
    return this.prices.chosen === null && this.series.priceScale().options().autoScale;
  }

  followPrice(): void {
    this.prices.chosen = null;
    this.followScale();
  }

  private followScale(): void {
    this.series.priceScale().applyOptions({ autoScale: true });
  }

  private letGo(): void {
    if (this.prices.chosen === null) return;
    this.prices.chosen = null;
    this.series.priceScale().applyOptions({ autoScale: false });
  }

  /** Move by a part of the visible span. */
  pan(timeShare: number, priceShare: number): void {
    const range = this.shownBars;
    if (range !== null && timeShare !== 0) {
      const shift = (range.to - range.from) * timeShare;
      this.showBars(range.from + shift, range.to + shift);
    }
    const prices = this.visiblePrices();
    if (prices !== null && priceShare !== 0) this.setPrices(movedSpan(prices, priceShare));
  }

  /** Below 1 shows less time. */
  zoom(factor: number): void {
    const range = this.shownBars;
    if (range === null) return;
    const middle = (range.from + range.to) / 2;
    const half = ((range.to - range.from) / 2) * factor;
    this.showBars(middle - half, middle + half);
  }

  private placeAt(point: { x: number; y: number }): PointerPlace | null {
    const { width, height } = this.paneSize;
    if (point.x < 0 || point.y < 0 || point.x > width || point.y > height) return null;
    const timeMs = this.heat.timeAt(point.x);
    const price = this.series.coordinateToPrice(point.y);
    if (timeMs === null || price === null || !(price > 0)) return null;
    return { x: point.x, y: point.y, timeMs, price };
  }

  /** What is drawn now without the crosshair, in device pixels. */
  picture(): HTMLCanvasElement {
    return this.chart.takeScreenshot(true, false);
  }

  get element(): HTMLElement {
    return this.container;
  }

  /** Off the page, with everything that listens. */
  remove(): void {
    this.observer.disconnect();
    this.coming = null;
    this.chart.remove();
  }
}
