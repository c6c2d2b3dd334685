/** The map itself: candles over the heatmap, the profile beside it, legend and tooltip. Draws what it is given. */

import type { CandleRow, CandlesAnswer, Cluster, Status } from "../api/schema";
import { MapChart, type PointerPlace } from "../chart/chart";
import { Profile } from "../chart/profile";
import { CANVAS_COLOURS } from "../chart/themes";
import { usd } from "../format/usd";
import type { CurrentBands } from "../model/bands";
import type { TimeSpan } from "../model/candle_plan";
import { chooseInterval, gridOf, joinPath, keepsInterval } from "../model/candles";
import { DETAILS } from "../model/fetch_plan";
import type { Shown } from "../model/look_plan";
import { openingSpan, spanOf } from "../model/time_range";
import type { LinkedView } from "../model/view_hash";
import { type Cell, forcedFlow } from "../model/window";
import { scaleOf, steadyScale, type Theme, type UsdScale } from "../primitives/heatmap";
import type { EventMark, LeftSpan } from "../primitives/marks";
import { CandleLoader, type Candles, type CandleView } from "./candle_loader";
import { byId, debounce, oncePerFrame } from "./dom";
import { HeatLoader } from "./heat_loader";
import { Inspector } from "./inspector";
import { cellText, describeThreshold, renderLegend } from "./legend";
import type { Settings } from "./settings";

/** CSS pixels, before the chart is laid out. */
const FIRST_WIDTH = 800;
const SHORTEST_MS = 60_000;

/** What is drawn. `candles` are those of all time, `profile` are the bands beside the map, `mark` the line through it. */
export interface PictureState {
  readonly view: LinkedView;
  readonly settings: Settings;
  readonly status: Status | null;
  readonly candles: CandlesAnswer | null;
  readonly profile: CurrentBands | null;
  readonly mark: number | null;
  /** Present clusters, for the tooltip. */
  readonly clusters: readonly Cluster[];
}

export class Picture {
  private scale: UsdScale | null = null;
  private threshold = 0;
  private readonly chart: MapChart;
  private readonly profile: Profile;
  private readonly inspector: Inspector;
  private readonly heat: HeatLoader;
  private readonly near: CandleLoader;
  /** What the bars are made of. */
  private drawn: Candles | null = null;
  /** To be shown as soon as candles fine enough for it are there. */
  private wanted: TimeSpan | null = null;
  private readonly fitBars = debounce(() => this.refitBars(), 150);
  readonly drawProfile = oncePerFrame(() => this.showProfile());

  constructor(
    private readonly state: () => PictureState,
    onCell: (cell: Cell) => void,
    onEvent: (id: string) => void,
    onError: (error: unknown) => void,
    /** Other prices or another level are on screen. */
    private readonly onShown: () => void,
  ) {
    const { theme } = state().settings;
    this.chart = new MapChart(byId("chart"), theme, {
      onPointer: (place) => this.inspector?.move(place),
      onClick: (place) => this.openAt(place, onCell, onEvent),
      onView: () => this.onView(),
    });
    this.profile = new Profile(byId<HTMLCanvasElement>("profile"), theme);
    this.inspector = new Inspector(
      () => this.chart,
      byId("hover"),
      byId("tooltip"),
      () => ({
        coin: state().view.coin,
        window: this.heat.window,
        mark: state().mark,
        threshold: this.threshold,
        clusters: state().clusters,
      }),
    );
    this.heat = new HeatLoader(
      () => {
        const { view, status, candles } = state();
        if (view.coin === null || status === null || candles === null) return null;
        return { coin: view.coin, firstMs: firstShown(status, candles), lastMs: status.last_ms };
      },
      () => this.chart.visibleArea(DETAILS[state().settings.detail]),
      () => {
        this.showHeat();
        this.onShown();
      },
      onError,
    );
    this.near = new CandleLoader(
      () => this.candleView(),
      () => this.takeCandles(),
      (error) => {
        onError(error);
        this.takeCandles();
      },
    );
    new ResizeObserver(() => this.drawProfile()).observe(byId("profile"));
  }

  /** Nothing of the coin before. */
  clear(): void {
    this.scale = null;
    this.inspector.hide();
    this.heat.clear();
    this.near.clear();
    this.drawn = this.wanted = null;
    this.chart.clear();
    this.showHeat();
  }

  setTheme(theme: Theme): void {
    this.chart.setTheme(theme);
    this.profile.setTheme(theme);
  }

  pan(time: number, price: number): void {
    this.chart.pan(time, price);
  }

  zoom(factor: number): void {
    this.chart.zoom(factor);
  }

  showMark(): void {
    this.chart.setMark(this.state().mark);
    this.drawProfile();
  }

  /** Ask for the cells again: finer ones are wanted. */
  renewHeat(): void {
    this.heat.renew();
  }

  /** Newer columns are there. */
  extendHeat(): void {
    void this.heat.extend();
  }

  /** A coin comes on screen. */
  open(): void {
    const { status, candles, view } = this.state();
    if (status === null || candles === null) return;
    this.show(...openingSpan(view.range, firstShown(status, candles), status.first_ms, status.last_ms));
  }

  /** The whole range that is chosen. */
  showRange(): void {
    const { status, candles, view } = this.state();
    if (status === null || candles === null) return;
    this.show(...spanOf(view.range, firstShown(status, candles), status.last_ms));
  }

  private show(start: number, end: number): void {
    this.wanted = { startMs: Math.min(start, end - SHORTEST_MS), endMs: end };
    if (this.near.check(this.candleView(this.wanted))) this.showWanted();
  }

  private showWanted(): void {
    const { wanted } = this;
    const all = this.allCandles();
    if (wanted === null || all === null) return;
    this.wanted = null;
    const candles = this.near.best(all, wanted);
    const span = Math.max(wanted.endMs - wanted.startMs, candles.intervalMs);
    this.setBars(candles, chooseInterval(span, this.width, candles.intervalMs));
    this.chart.showRange(wanted.endMs - span, wanted.endMs);
    this.heat.check();
  }

  /** Candles came for what is wanted, or for the view. */
  private takeCandles(): void {
    if (this.wanted !== null) this.showWanted();
    else this.refitBars();
  }

  /** Time went on: newer candles in bars as wide as before. */
  renewBars(): void {
    const interval = this.chart.intervalMs;
    const look = this.candleView();
    if (interval === null || look === null) return;
    const candles = this.near.best(look.all, look.view);
    this.setBars(candles, Math.max(interval, candles.intervalMs));
    this.near.renew();
  }

  showHeat(): void {
    const window = this.heat.window;
    const { settings, view } = this.state();
    const { theme, palette, curve } = settings;
    const slider = byId<HTMLInputElement>("threshold");
    this.threshold = describeThreshold(slider, byId("threshold-value"), window?.maximum ?? 0);
    this.scale = window === null ? null : steadyScale(this.scale, scaleOf(window, curve));
    const scale = this.scale ?? { curve, low: 0, high: 1 };
    const { mode } = view;
    this.chart.heat.setWindow(
      window,
      { mode, palette, theme, scale, threshold: this.threshold },
      CANVAS_COLOURS[theme].hatch,
    );
    renderLegend(byId<HTMLCanvasElement>("ramp"), byId("ticks"), {
      header: window,
      scale: this.scale,
      palette,
      mode,
      theme,
      threshold: this.threshold,
    });
    byId("headline-cell").textContent = cellText(window);
    document.documentElement.dataset.heat =
      window === null ? "none" : `${window.coin}/${window.columns}x${window.rows}`;
    this.drawProfile();
  }

  /** The span of a cluster marked on the chart. */
  mark(cluster: Cluster | null): void {
    const colours = CANVAS_COLOURS[this.state().settings.theme];
    this.chart.markSpan(
      cluster === null
        ? null
        : {
            low: cluster.price_low,
            high: cluster.price_high,
            colour: cluster.side === 1 ? colours.long : colours.short,
            title: `${usd(cluster.notional, 3)} ${forcedFlow(cluster.side)}`,
          },
    );
  }

  /** Liquidations and what sweeps left, over the map. */
  showMarks(events: readonly EventMark[], spans: readonly LeftSpan[]): void {
    this.chart.marks.show(events, spans);
    document.documentElement.dataset.marks = `${events.length}/${spans.length}`;
  }

  private get width(): number {
    return this.chart.paneSize.width || FIRST_WIDTH;
  }

  private allCandles(): Candles | null {
    const { status, candles } = this.state();
    if (status === null || candles === null) return null;
    const startMs = firstShown(status, candles);
    return { startMs, endMs: status.last_ms + 1, intervalMs: candles.source.interval_ms, answer: candles };
  }

  /** The view as the candles see it: what is on screen, or what is wanted there. */
  private candleView(wanted: TimeSpan | null = this.wanted): CandleView | null {
    const { coin } = this.state().view;
    const all = this.allCandles();
    const span = this.chart?.visibleSpan() ?? null;
    const view = wanted ?? (span === null ? null : { startMs: span[0], endMs: span[1] });
    return coin === null || all === null || view === null ? null : { coin, all, view, width: this.width };
  }

  private setBars(candles: Candles, intervalMs: number): void {
    const { answer, startMs, endMs } = candles;
    const rows: readonly CandleRow[] = answer.source.kind === "mark_path" ? joinPath(answer.candles) : answer.candles;
    this.drawn = candles;
    this.chart.setBars(gridOf(rows, intervalMs, startMs, endMs));
    this.chart.setMark(this.state().mark);
  }

  /** After a move or a zoom: the finest candles at hand, in bars that stay some pixels wide. */
  private refitBars(): void {
    const look = this.candleView();
    const interval = this.chart.intervalMs;
    if (look === null || interval === null) return;
    const candles = this.near.best(look.all, look.view);
    const span = look.view.endMs - look.view.startMs;
    const isDrawn = candles.answer === this.drawn?.answer;
    if (isDrawn && keepsInterval(interval, span, look.width)) return;
    const wanted = chooseInterval(span, look.width, candles.intervalMs);
    if (!isDrawn || wanted !== interval) this.setBars(candles, wanted);
  }

  private onView(): void {
    if (this.heat === undefined || this.near === undefined) return;
    this.drawProfile();
    this.heat.check();
    this.near.move();
    this.fitBars();
    this.onShown();
  }

  private showProfile(): void {
    const window = this.heat.window;
    const { profile, view } = this.state();
    const { height: paneHeight } = this.chart.paneSize;
    if (profile === null || window === null) {
      this.profile.show({ rows: [], logStep: 1, mark: null, mode: "both", paneHeight, yOf: () => null });
      return;
    }
    const { level, rows } = profile.profile(window.level);
    this.profile.show({
      rows,
      logStep: window.log_width * 2 ** level,
      mark: profile.mark,
      mode: view.mode,
      paneHeight,
      yOf: (price) => this.chart.yOf(price),
    });
  }

  /** Prices on screen and the level of the cells; null while nothing is drawn. */
  get shown(): Shown | null {
    const level = this.heat?.window?.level;
    const prices = this.chart?.visiblePrices() ?? null;
    return level === undefined || prices === null ? null : { level, lowPrice: prices.low, highPrice: prices.high };
  }

  /** A liquidation under the pointer, else the cell. */
  private openAt(place: PointerPlace, onCell: (cell: Cell) => void, onEvent: (id: string) => void): void {
    const event = this.chart.marks.at(place.x, place.y);
    if (event !== null) {
      onEvent(event.id);
      return;
    }
    const cell = this.inspector.cellAt(place);
    if (cell !== null) onCell(cell);
  }
}

/** Price may be known from before the map began. */
const firstShown = (status: Status, candles: CandlesAnswer): number =>
  Math.min(status.first_ms, candles.candles[0]?.[0] ?? status.first_ms);
