/** The page: holds what is shown, and passes changes to the parts that show it. */

import { ApiError, fetchAsymmetry, fetchCandles, fetchClusters, fetchCoins, fetchStatus, isAbort } from "../api/client";
import { FrameStream, type StreamState } from "../api/stream";
import type {
  AsymmetryAnswer,
  CandleRow,
  CandlesAnswer,
  Cluster,
  ClustersAnswer,
  CoinRow,
  Frame,
  FrameChange,
  Status,
  StreamMessage,
} from "../api/schema";
import { MapChart, type PointerPlace } from "../chart/chart";
import { Profile } from "../chart/profile";
import { CANVAS_COLOURS } from "../chart/themes";
import { formatPrice } from "../format/price";
import { usd } from "../format/usd";
import { CurrentBands } from "../model/bands";
import { chooseInterval, gridOf, joinPath, keepsInterval } from "../model/candles";
import { type Detail, DETAILS } from "../model/fetch_plan";
import { type RangeName, RANGES, spanOf } from "../model/time_range";
import { formatHash, LEVELS, type Levels, type LinkedView, type Mode, MODES, parseHash } from "../model/view_hash";
import { forcedFlow } from "../model/window";
import { type Curve, CURVES, type PaletteName, PALETTES, scaleOf, steadyScale, type UsdScale } from "../primitives/heatmap";
import { type Order, ORDERS, renderAsymmetry, renderClusters } from "./clusters";
import { renderBoard } from "./coin_board";
import { CoinSearch } from "./coin_search";
import { byId, debounce, el, fillGroup, oncePerFrame, press, throttle } from "./dom";
import { Drawer } from "./drawer_control";
import { HeatLoader } from "./heat_loader";
import { Inspector } from "./inspector";
import { JointLevels } from "./joint_levels";
import { listenToKeys } from "./keys";
import { cellText, describeThreshold, renderLegend } from "./legend";
import { renderLimits } from "./limits";
import { loadSettings, saveSettings, type Settings } from "./settings";
import { renderStanding } from "./standing";
import { WhatIf } from "./what_if";

const QUICK_COINS = ["BTC", "ETH", "SOL", "HYPE", "XRP"];
const LEVEL_TITLES: Record<Levels, string> = {
  solo: "each coin moves alone, as the exchange publishes it",
  joint: "all coins move with BTC by their betas",
};
const FIGURES_EVERY_MS = 2_000;
const STORED_EVERY_MS = 5_000;
const CLOCK_MS = 1_000;

export class App {
  private settings: Settings = loadSettings();
  private view: LinkedView = parseHash(location.hash);
  private status: Status | null = null;
  private coins: readonly CoinRow[] = [];
  private bands: CurrentBands | null = null;
  private frame: Frame | FrameChange | null = null;
  private candles: CandlesAnswer | null = null;
  private clusters: ClustersAnswer | null = null;
  private asymmetry: AsymmetryAnswer | null = null;
  private chosen: Cluster | null = null;
  private order: Order = "usd";
  private streamState: StreamState = "connecting";
  private stream: FrameStream | null = null;
  private scale: UsdScale | null = null;
  private threshold = 0;
  private coinRequest: AbortController | null = null;

  private readonly chart: MapChart;
  private readonly profile: Profile;
  private readonly search: CoinSearch;
  private readonly inspector: Inspector;
  private readonly drawer = new Drawer(() => this.choose(null));
  private readonly heat: HeatLoader;
  private readonly whatIf = new WhatIf(byId("panel-what-if"));
  private readonly joint = new JointLevels();
  private readonly drawProfile = oncePerFrame(() => this.showProfile());
  private readonly fitBars = debounce(() => this.refitBars(), 150);
  private readonly refreshFigures = throttle(() => void this.loadFigures(), FIGURES_EVERY_MS);
  private readonly refreshStored = throttle(() => void this.loadStored(), STORED_EVERY_MS);

  constructor() {
    document.documentElement.dataset["theme"] = this.settings.theme;
    this.chart = new MapChart(byId("chart"), this.settings.theme, {
      onPointer: (place) => this.inspector?.move(place),
      onClick: (place) => this.openBand(place),
      onView: () => this.onView(),
    });
    this.profile = new Profile(byId<HTMLCanvasElement>("profile"), this.settings.theme);
    this.inspector = new Inspector(
      () => this.chart,
      byId("hover"),
      byId("tooltip"),
      () => ({ coin: this.view.coin, window: this.heat.window, mark: this.bands?.mark ?? null, threshold: this.threshold }),
    );
    this.heat = new HeatLoader(
      () => {
        const { coin } = this.view;
        if (coin === null || this.status === null || this.candles === null) return null;
        return { coin, firstMs: this.status.first_ms, lastMs: this.status.last_ms };
      },
      () => this.chart.visibleArea(DETAILS[this.settings.detail]),
      () => this.showHeat(),
      (error) => this.tell(error),
    );
    this.search = new CoinSearch(byId<HTMLInputElement>("coin-input"), byId("coin-list"), (coin) => this.setCoin(coin));
    this.buildControls();
  }

  async start(): Promise<void> {
    try {
      const [status, coins] = await Promise.all([fetchStatus(), fetchCoins()]);
      this.status = status;
      this.coins = coins.coins;
    } catch (error) {
      this.tell(error);
      return;
    }
    this.search.setCoins(this.coins);
    const names = this.coins.map((row) => row.coin);
    fillGroup(
      byId("quick"),
      QUICK_COINS.filter((coin) => names.includes(coin)).map((coin) => ({ value: coin, label: coin })),
      (coin) => this.setCoin(coin),
    );
    const linked = this.view.coin;
    const known = linked !== null && names.includes(linked);
    if (linked !== null && !known) this.tell(new ApiError(`no coin ${linked} here`, 404));
    const first = known ? linked : names.includes("BTC") ? "BTC" : (names[0] ?? null);
    if (first === null) this.tell(new ApiError("no coin is loaded", 404));
    else this.setCoin(first, true);
    setInterval(() => this.showStanding(), CLOCK_MS);
  }

  // --- controls ---

  private buildControls(): void {
    fillGroup(byId("ranges"), RANGES.map((value) => ({ value, label: value })), (value) => this.setRange(value as RangeName));
    fillGroup(byId("modes"), MODES.map((value) => ({ value, label: value })), (value) => this.setMode(value as Mode));
    fillGroup(
      byId("levels"),
      LEVELS.map((value) => ({ value, label: value, title: `${LEVEL_TITLES[value]} (j)` })),
      (value) => this.setLevels(value as Levels),
    );
    fillGroup(
      byId("orders"),
      Object.entries(ORDERS).map(([value, label]) => ({ value, label })),
      (value) => {
        this.order = value as Order;
        this.showFigures();
      },
    );
    const curve = byId<HTMLSelectElement>("curve");
    curve.append(...CURVES.map((name) => el("option", { value: name }, name)));
    curve.value = this.settings.curve;
    curve.addEventListener("change", () => this.change({ curve: curve.value as Curve }));
    const palette = byId<HTMLSelectElement>("palette");
    palette.append(...Object.entries(PALETTES).map(([value, label]) => el("option", { value }, label)));
    palette.value = this.settings.palette;
    palette.addEventListener("change", () => this.change({ palette: palette.value as PaletteName }));
    const detail = byId<HTMLSelectElement>("detail");
    detail.append(...Object.keys(DETAILS).map((name) => el("option", { value: name }, name)));
    detail.value = this.settings.detail;
    detail.addEventListener("change", () => {
      this.change({ detail: detail.value as Detail });
      this.heat.renew();
    });
    byId("threshold").addEventListener("input", () => this.showHeat());
    byId("theme").addEventListener("click", () => this.toggleTheme());
    const keys = byId<HTMLDialogElement>("keys");
    byId("help").addEventListener("click", () => keys.showModal());
    this.buildTabs();
    window.addEventListener("hashchange", () => this.followHash());
    new ResizeObserver(() => this.drawProfile()).observe(byId("profile"));
    listenToKeys({
      search: () => this.search.focus(),
      range: (index) => this.setRange(RANGES[index] ?? "all"),
      pan: (time, price) => this.chart.pan(time, price),
      zoom: (factor) => this.chart.zoom(factor),
      reset: () => this.showRange(),
      nextMode: () => this.setMode(MODES[(MODES.indexOf(this.view.mode) + 1) % MODES.length] ?? "both"),
      nextLevels: () => this.setLevels(this.view.levels === "solo" ? "joint" : "solo"),
      theme: () => this.toggleTheme(),
      help: () => keys.showModal(),
      close: () => this.drawer.close(),
    });
  }

  private buildTabs(): void {
    const tabs = [...document.querySelectorAll<HTMLElement>("[role=tab]")];
    const open = (chosen: HTMLElement) => {
      for (const tab of tabs) {
        const isChosen = tab === chosen;
        tab.setAttribute("aria-selected", String(isChosen));
        tab.tabIndex = isChosen ? 0 : -1;
        byId(tab.getAttribute("aria-controls") ?? "").hidden = !isChosen;
      }
      this.showPanels();
    };
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => open(tab));
      tab.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = tabs[(index + step + tabs.length) % tabs.length];
        if (step === 0 || next === undefined) return;
        event.stopPropagation();
        open(next);
        next.focus();
      });
    });
  }

  private change(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    saveSettings(this.settings);
    this.showHeat();
  }

  private toggleTheme(): void {
    this.change({ theme: this.settings.theme === "dark" ? "light" : "dark" });
    document.documentElement.dataset["theme"] = this.settings.theme;
    this.chart.setTheme(this.settings.theme);
    this.profile.setTheme(this.settings.theme);
    this.choose(this.chosen);
  }

  private followHash(): void {
    const next = parseHash(location.hash);
    if (formatHash(next) === formatHash(this.view)) return;
    if (next.mode !== this.view.mode) this.setMode(next.mode);
    if (next.levels !== this.view.levels) this.setLevels(next.levels);
    if (next.range !== this.view.range) this.setRange(next.range);
    if (next.coin !== null && next.coin !== this.view.coin) this.setCoin(next.coin);
  }

  private link(change: Partial<LinkedView>): void {
    this.view = { ...this.view, ...change };
    const hash = formatHash(this.view);
    if (location.hash !== hash) history.replaceState(null, "", hash);
    press(byId("ranges"), this.view.range);
    press(byId("modes"), this.view.mode);
    press(byId("levels"), this.view.levels);
    press(byId("quick"), this.view.coin ?? "");
  }

  // --- coin, range, sides ---

  private setCoin(coin: string, isFirst = false): void {
    if (!isFirst && coin === this.view.coin) return;
    this.link({ coin });
    document.title = `${coin} · liqscape`;
    this.search.show(coin);
    this.drawer.close();
    this.chosen = null;
    this.joint.clear();
    this.candles = this.clusters = this.asymmetry = this.bands = this.frame = this.scale = null;
    this.inspector.hide();
    this.heat.clear();
    this.chart.clear();
    this.showHeat();
    this.showAll();
    this.tell(null);
    this.coinRequest?.abort();
    this.coinRequest = new AbortController();
    if (this.stream === null) {
      this.stream = new FrameStream(coin, {
        onMessage: (message) => this.receive(message),
        onState: (state) => {
          this.streamState = state;
          this.showStanding();
        },
      });
    } else this.stream.watch(coin);
    void this.loadCoin(coin, this.coinRequest.signal);
  }

  private async loadCoin(coin: string, signal: AbortSignal): Promise<void> {
    try {
      const figures = this.loadFigures(signal);
      const candles = await fetchCandles(coin, signal);
      if (signal.aborted) return;
      this.candles = candles;
      this.showRange();
      await figures;
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  private async loadFigures(signal = this.coinRequest?.signal): Promise<void> {
    const coin = this.view.coin;
    if (coin === null) return;
    try {
      const isJoint = this.view.levels === "joint";
      const [clusters, asymmetry] = await Promise.all([
        fetchClusters(coin, signal),
        fetchAsymmetry(coin, signal),
        isJoint ? this.joint.load(coin, signal) : null,
      ]);
      if (signal?.aborted === true) return;
      if (isJoint) this.drawProfile();
      this.clusters = clusters;
      this.asymmetry = asymmetry;
      this.showFigures();
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  /** A stored frame came: newer candles and a newer column of the map. */
  private async loadStored(): Promise<void> {
    const coin = this.view.coin;
    const signal = this.coinRequest?.signal;
    if (coin === null || this.candles === null) return;
    try {
      const [candles, coins] = await Promise.all([fetchCandles(coin, signal), fetchCoins(signal)]);
      if (signal?.aborted === true) return;
      this.coins = coins.coins;
      this.search.setCoins(this.coins);
      this.candles = candles;
      const interval = this.chart.intervalMs;
      if (interval !== null) this.setBars(interval);
      this.heat.renew();
      this.showPanels();
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  private setRange(range: RangeName): void {
    this.link({ range });
    this.showRange();
  }

  private setMode(mode: Mode): void {
    this.link({ mode });
    this.showHeat();
    this.drawProfile();
  }

  /** Solo or joint levels in the profile and the clusters; the map of the past stays solo. */
  private setLevels(levels: Levels): void {
    this.link({ levels });
    this.drawer.close();
    this.choose(null);
    this.showFigures();
    this.drawProfile();
    if (levels === "joint") void this.loadFigures();
  }

  private showRange(): void {
    const { status, candles } = this;
    if (status === null || candles === null) return;
    const [start, end] = spanOf(this.view.range, status.first_ms, status.last_ms);
    const span = Math.max(end - start, candles.source.interval_ms);
    this.setBars(chooseInterval(span, this.chart.paneSize.width || 800, candles.source.interval_ms));
    this.chart.showRange(end - span, end);
    this.heat.check();
  }

  private setBars(intervalMs: number): void {
    const { status, candles } = this;
    if (status === null || candles === null) return;
    const rows: readonly CandleRow[] = candles.source.kind === "mark_path" ? joinPath(candles.candles) : candles.candles;
    this.chart.setBars(gridOf(rows, intervalMs, status.first_ms, status.last_ms + 1));
    this.chart.setMark(this.bands?.mark ?? null);
  }

  /** After a zoom: bars merged or split so that they stay some pixels wide. */
  private refitBars(): void {
    const span = this.chart.visibleSpan();
    const interval = this.chart.intervalMs;
    if (span === null || interval === null || this.candles === null) return;
    const width = this.chart.paneSize.width;
    if (keepsInterval(interval, span[1] - span[0], width)) return;
    const wanted = chooseInterval(span[1] - span[0], width, this.candles.source.interval_ms);
    if (wanted !== interval) this.setBars(wanted);
  }

  // --- stream ---

  private receive(message: StreamMessage): void {
    if (message.type === "error") {
      this.tell(new ApiError(message.detail, 0));
      return;
    }
    this.status = message.status;
    if (message.type === "snapshot") this.bands = new CurrentBands(message.frame);
    else if (this.bands === null) return;
    else this.bands.apply(message.frame);
    this.frame = message.frame;
    this.chart.setMark(this.bands.mark);
    this.drawProfile();
    this.showHeadline();
    this.showStanding();
    if (message.type === "frame") {
      this.refreshFigures();
      if (message.is_stored) this.refreshStored();
    }
  }

  // --- what is shown ---

  private onView(): void {
    if (this.heat === undefined) return;
    this.drawProfile();
    this.heat.check();
    this.fitBars();
  }

  private showAll(): void {
    this.showHeadline();
    this.showStanding();
    this.showFigures();
    this.drawProfile();
  }

  private showHeat(): void {
    const window = this.heat.window;
    const { theme, palette, curve } = this.settings;
    const slider = byId<HTMLInputElement>("threshold");
    this.threshold = describeThreshold(slider, byId("threshold-value"), window?.maximum ?? 0);
    this.scale = window === null ? null : steadyScale(this.scale, scaleOf(window, curve));
    const scale = this.scale ?? { curve, low: 0, high: 1 };
    const { mode } = this.view;
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

  private showProfile(): void {
    const window = this.heat.window;
    const bands = this.view.levels === "joint" ? this.joint.bands : this.bands;
    if (bands === null || window === null) {
      this.profile.show({ rows: [], logStep: 1, mark: null, mode: "both", paneHeight: this.chart.paneSize.height, yOf: () => null });
      return;
    }
    this.profile.show({
      rows: bands.profile(window.level),
      logStep: window.log_width * 2 ** window.level,
      mark: bands.mark,
      mode: this.view.mode,
      paneHeight: this.chart.paneSize.height,
      yOf: (price) => this.chart.yOf(price),
    });
  }

  private showHeadline(): void {
    this.whatIf.show(this.view.coin, this.bands?.mark ?? null);
    byId("headline-coin").textContent = this.view.coin ?? "";
    byId("headline-mark").textContent = this.bands === null ? "" : formatPrice(this.bands.mark);
    const totals = this.frame?.totals;
    byId("headline-sums").textContent =
      totals === undefined ? "" : `long ${usd(totals.long.notional)}, short ${usd(totals.short.notional)} known`;
  }

  private showStanding(): void {
    renderStanding(byId("standing"), {
      status: this.status,
      coin: this.view.coin,
      coinCoverage: this.frame?.coverage ?? null,
      stream: this.streamState,
      nowMs: Date.now(),
    });
  }

  private showFigures(): void {
    press(byId("orders"), this.order);
    renderAsymmetry(byId("asymmetry"), this.asymmetry);
    const isJoint = this.view.levels === "joint";
    byId("headline-levels").hidden = byId("joint-note").hidden = !isJoint;
    if (isJoint) this.joint.render(byId("joint-note"), this.view.coin);
    const clusters = isJoint ? this.joint.clusters : this.clusters;
    renderClusters(byId("clusters"), clusters, this.order, this.chosen, (cluster) => this.openCluster(cluster));
    this.showPanels();
  }

  private showPanels(): void {
    const board = byId("panel-coins");
    if (!board.hidden) renderBoard(board, this.coins, this.view.coin, (coin) => this.setCoin(coin));
    const limits = byId("panel-limits");
    if (limits.hidden) return;
    renderLimits(limits, { status: this.status, frame: this.frame, firstOrderShare: this.bands?.firstOrderShare() ?? null });
  }

  // --- bands and clusters ---

  private openBand(place: PointerPlace): void {
    const cell = this.inspector.cellAt(place);
    const { coin } = this.view;
    if (cell === null || coin === null || cell.asOfMs === null) return;
    this.choose(null);
    const title = `${coin} ${formatPrice(cell.priceLow)} – ${formatPrice(cell.priceHigh)}`;
    void this.drawer.openPositions(title, coin, { band: cell.band, level: cell.level, at_ms: cell.asOfMs });
  }

  private openCluster(cluster: Cluster): void {
    const { coin } = this.view;
    if (coin === null) return;
    this.choose(cluster);
    // The list behind a span of prices is of solo levels; joint ones are only marked on the chart.
    if (this.view.levels === "joint") return;
    void this.drawer.openPositions(`${coin} ${cluster.side === 1 ? "longs" : "shorts"} near ${formatPrice(cluster.price_peak)}`, coin, {
      price_low: cluster.price_low,
      price_high: cluster.price_high,
      side: cluster.side,
    });
  }

  private choose(cluster: Cluster | null): void {
    this.chosen = cluster;
    const colours = CANVAS_COLOURS[this.settings.theme];
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
    for (const row of byId("clusters").querySelectorAll("button")) row.setAttribute("aria-pressed", "false");
    if (cluster !== null) {
      const name = `${cluster.side}/${cluster.price_peak}`;
      byId("clusters").querySelector(`[data-cluster="${name}"]`)?.setAttribute("aria-pressed", "true");
    }
  }

  private tell(error: unknown): void {
    const notice = byId("notice");
    notice.hidden = error === null;
    if (error === null) return;
    notice.textContent = error instanceof ApiError ? error.message : "The server does not answer.";
  }
}
