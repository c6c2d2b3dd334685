/** The map itself: candles over the heatmap, the profile beside it, legend and tooltip. Draws what it is given. */

import type { CandleRow, CandlesAnswer, Cluster, Status } from "../api/schema";
import { MapChart, type PointerPlace } from "../chart/chart";
import { Profile } from "../chart/profile";
import { CANVAS_COLOURS } from "../chart/themes";
import { usd } from "../format/usd";
import type { CurrentBands } from "../model/bands";
import { chooseInterval, gridOf, joinPath, keepsInterval } from "../model/candles";
import { DETAILS } from "../model/fetch_plan";
import { openingSpan, spanOf } from "../model/time_range";
import type { LinkedView } from "../model/view_hash";
import { type Cell, forcedFlow } from "../model/window";
import { scaleOf, steadyScale, type Theme, type UsdScale } from "../primitives/heatmap";
import { byId, debounce, oncePerFrame } from "./dom";
import { HeatLoader } from "./heat_loader";
import { Inspector } from "./inspector";
import { cellText, describeThreshold, renderLegend } from "./legend";
import type { Settings } from "./settings";

/** What is drawn. `profile` are the bands beside the map, `mark` the line through it. */
export interface PictureState {
  readonly view: LinkedView;
  readonly settings: Settings;
  readonly status: Status | null;
  readonly candles: CandlesAnswer | null;
  readonly profile: CurrentBands | null;
  readonly mark: number | null;
}

export class Picture {
  private scale: UsdScale | null = null;
  private threshold = 0;
  private readonly chart: MapChart;
  private readonly profile: Profile;
  private readonly inspector: Inspector;
  private readonly heat: HeatLoader;
  private readonly fitBars = debounce(() => this.refitBars(), 150);
  readonly drawProfile = oncePerFrame(() => this.showProfile());

  constructor(
    private readonly state: () => PictureState,
    onCell: (cell: Cell) => void,
    onError: (error: unknown) => void,
  ) {
    const { theme } = state().settings;
    this.chart = new MapChart(byId("chart"), theme, {
      onPointer: (place) => this.inspector?.move(place),
      onClick: (place) => this.openCell(place, onCell),
      onView: () => this.onView(),
    });
    this.profile = new Profile(byId<HTMLCanvasElement>("profile"), theme);
    this.inspector = new Inspector(
      () => this.chart,
      byId("hover"),
      byId("tooltip"),
      () => ({ coin: state().view.coin, window: this.heat.window, mark: state().mark, threshold: this.threshold }),
    );
    this.heat = new HeatLoader(
      () => {
        const { view, status, candles } = state();
        if (view.coin === null || status === null || candles === null) return null;
        return { coin: view.coin, firstMs: firstShown(status, candles), lastMs: status.last_ms };
      },
      () => this.chart.visibleArea(DETAILS[state().settings.detail]),
      () => this.showHeat(),
      onError,
    );
    new ResizeObserver(() => this.drawProfile()).observe(byId("profile"));
  }

  /** Nothing of the coin before. */
  clear(): void {
    this.scale = null;
    this.inspector.hide();
    this.heat.clear();
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

  /** Ask for the cells again: finer ones are wanted, or a newer column is there. */
  renewHeat(): void {
    this.heat.renew();
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
    const { candles } = this.state();
    if (candles === null) return;
    const span = Math.max(end - start, candles.source.interval_ms);
    this.setBars(chooseInterval(span, this.chart.paneSize.width || 800, candles.source.interval_ms));
    this.chart.showRange(end - span, end);
    this.heat.check();
  }

  /** Newer candles in bars as wide as before. */
  renewBars(): void {
    const interval = this.chart.intervalMs;
    if (interval !== null) this.setBars(interval);
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
    document.documentElement.dataset["heat"] = window === null ? "none" : `${window.coin}/${window.columns}x${window.rows}`;
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

  private setBars(intervalMs: number): void {
    const { status, candles, mark } = this.state();
    if (status === null || candles === null) return;
    const rows: readonly CandleRow[] = candles.source.kind === "mark_path" ? joinPath(candles.candles) : candles.candles;
    this.chart.setBars(gridOf(rows, intervalMs, status.first_ms, status.last_ms + 1));
    this.chart.setMark(mark);
  }

  /** After a zoom: bars merged or split so that they stay some pixels wide. */
  private refitBars(): void {
    const { candles } = this.state();
    const span = this.chart.visibleSpan();
    const interval = this.chart.intervalMs;
    if (span === null || interval === null || candles === null) return;
    const width = this.chart.paneSize.width;
    if (keepsInterval(interval, span[1] - span[0], width)) return;
    const wanted = chooseInterval(span[1] - span[0], width, candles.source.interval_ms);
    if (wanted !== interval) this.setBars(wanted);
  }

  private onView(): void {
    if (this.heat === undefined) return;
    this.drawProfile();
    this.heat.check();
    this.fitBars();
  }

  private showProfile(): void {
    const window = this.heat.window;
    const { profile, view } = this.state();
    const { height: paneHeight } = this.chart.paneSize;
    if (profile === null || window === null) {
      this.profile.show({ rows: [], logStep: 1, mark: null, mode: "both", paneHeight, yOf: () => null });
      return;
    }
    this.profile.show({
      rows: profile.profile(window.level),
      logStep: window.log_width * 2 ** window.level,
      mark: profile.mark,
      mode: view.mode,
      paneHeight,
      yOf: (price) => this.chart.yOf(price),
    });
  }

  private openCell(place: PointerPlace, onCell: (cell: Cell) => void): void {
    const cell = this.inspector.cellAt(place);
    if (cell !== null) onCell(cell);
  }
}

/** Price may be known from before the map began. */
const firstShown = (status: Status, candles: CandlesAnswer): number =>
  Math.min(status.first_ms, candles.candles[0]?.[0] ?? status.first_ms);
