/** The page: holds what is shown, and passes changes to the parts that show it. */

import { busy } from "../api/busy";
import { ApiError, fetchAsymmetry, fetchCandles, fetchClusters, fetchCoins, fetchStatus, isAbort } from "../api/client";
import type {
  AsymmetryAnswer,
  CandlesAnswer,
  Cluster,
  ClustersAnswer,
  CoinRow,
  Status,
  StreamMessage,
  ViewFrame,
} from "../api/schema";
import { isStudy } from "../api/schema";
import { FrameStream, type StreamState } from "../api/stream";
import { formatPrice } from "../format/price";
import { usd } from "../format/usd";
import { CurrentBands } from "../model/bands";
import { HELD, type Held } from "../model/held";
import { planLook } from "../model/look_plan";
import { RANGES, type RangeName } from "../model/time_range";
import { formatHash, type Levels, type LinkedView, MODES, type Mode, parseHash } from "../model/view_hash";
import type { Cell } from "../model/window";
import { renderCascadeBadge } from "./cascade_badge";
import { clusterLife } from "./cluster_life";
import { agesNote, type Order, renderAsymmetry, renderClusters } from "./clusters";
import { renderBoard } from "./coin_board";
import { CoinSearch } from "./coin_search";
import { buildControls } from "./controls";
import { byId, debounce, fillGroup, press, throttle } from "./dom";
import { Drawer } from "./drawer_control";
import { openEvent } from "./events";
import { Feed } from "./feed";
import { JointLevels } from "./joint_levels";
import { listenToKeys } from "./keys";
import { renderLimits } from "./limits";
import { buildLiquidationFilter } from "./liquidation_filter";
import { renderLiquidations } from "./liquidations";
import { Picture } from "./picture";
import { loadSettings, type Settings, saveSettings } from "./settings";
import { renderSources } from "./sources";
import { DOUBT_SIGN, renderStanding } from "./standing";
import { StudyLoader } from "./study_loader";
import { Tabs } from "./tabs";
import { WhatIf } from "./what_if";
import { youngText } from "./young";

const QUICK_COINS = ["BTC", "ETH", "SOL", "HYPE", "XRP"];
const FIGURES_EVERY_MS = 5_000;
/** Between two messages of the stream: faster nobody reads, and a page in the background needs to be no better than a glance. */
const FRAMES_EVERY_MS = 2_500;
const HIDDEN_FRAMES_EVERY_MS = 10_000;
const LOOK_WAIT_MS = 250;
/** While nobody looks at their list. */
const COINS_EVERY_MS = 600_000;
const STORED_EVERY_MS = 5_000;
const CLOCK_MS = 1_000;
/** Milliseconds before the first question is asked again, where nobody answered it. */
const START_AGAIN_MS = 2_000;
const CANDLES_AFTER_MS = 3_000;

export class App {
  private settings: Settings = loadSettings();
  private view: LinkedView = parseHash(location.hash);
  private status: Status | null = null;
  private coins: readonly CoinRow[] = [];
  private bands: CurrentBands | null = null;
  private frame: ViewFrame | null = null;
  private candles: CandlesAnswer | null = null;
  private clusters: ClustersAnswer | null = null;
  private asymmetry: AsymmetryAnswer | null = null;
  private chosen: Cluster | null = null;
  private order: Order = "usd";
  private streamState: StreamState = "connecting";
  private stream: FrameStream | null = null;
  private heardMs = Date.now();
  private coinsMs = Date.now();
  private coinRequest: AbortController | null = null;

  private readonly drawer = new Drawer(() => this.choose(null));
  private readonly whatIf = new WhatIf(byId("panel-what-if"));
  private readonly joint = new JointLevels();
  private readonly study = new StudyLoader(
    () => this.showStudy(),
    (error) => this.tell(error),
  );
  private readonly picture: Picture;
  private readonly search: CoinSearch;
  private readonly tabs: Tabs;
  private readonly feed: Feed;
  private readonly refreshFigures = throttle(() => void this.loadFigures(), FIGURES_EVERY_MS);
  private readonly lookSoon = debounce(() => this.look(), LOOK_WAIT_MS);
  private readonly refreshStored = throttle(() => void this.loadStored(), STORED_EVERY_MS);
  /** Births, sweeps and cascades of a minute are told one after the other, and asked about once. */
  private readonly refreshStudy = throttle(() => void this.loadStudy(), STORED_EVERY_MS);

  constructor() {
    document.documentElement.dataset.theme = this.settings.theme;
    this.picture = new Picture(
      () => ({
        view: this.view,
        settings: this.settings,
        status: this.status,
        candles: this.candles,
        profile: this.view.levels === "joint" ? this.joint.bands : this.bands,
        mark: this.bands?.mark ?? null,
        clusters: this.clusters?.clusters ?? [],
      }),
      (cell) => this.openBand(cell),
      (id) => this.openEvent(id),
      (error) => this.tell(error),
      () => this.lookSoon(),
    );
    this.search = new CoinSearch(byId<HTMLInputElement>("coin-input"), byId("coin-list"), (coin) => this.setCoin(coin));
    this.feed = new Feed(
      () => (byId("panel-liquidations").hidden ? null : this.view.coin),
      () => this.view.coin,
      () => !byId("panel-sources").hidden,
      () => {
        this.showStanding();
        this.showPanels();
      },
    );
    this.tabs = new Tabs(() => {
      void this.feed.askLiquidations();
      this.feed.look();
      if (!byId("panel-coins").hidden) void this.loadCoins();
      this.showPanels();
    });
    busy.listen((isBusy) => {
      byId("busy").hidden = !isBusy;
    });
    this.listen();
  }

  async start(): Promise<void> {
    try {
      const [status, coins] = await Promise.all([fetchStatus(), fetchCoins()]);
      this.status = status;
      this.coins = coins.coins;
    } catch (error) {
      this.tell(error);
      window.setTimeout(() => void this.start(), START_AGAIN_MS);
      return;
    }
    this.tell(null);
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
    this.feed.start();
    setInterval(() => this.showStanding(), CLOCK_MS);
  }

  // --- controls ---

  private listen(): void {
    const keys = byId<HTMLDialogElement>("keys");
    buildControls(this.settings, {
      range: (range) => this.setRange(range),
      mode: (mode) => this.setMode(mode),
      levels: (levels) => this.setLevels(levels),
      order: (order) => {
        this.order = order;
        this.showFigures();
      },
      held: (held) => this.setHeld(held),
      settings: (change) => {
        this.change(change);
        if (change.detail !== undefined) this.picture.renewHeat();
      },
      threshold: () => this.picture.showHeat(),
      theme: () => this.toggleTheme(),
      help: () => keys.showModal(),
    });
    buildLiquidationFilter(byId("liquidation-filter"), (filter) => this.feed.choose(filter));
    byId("liquidations").addEventListener("click", (event) => {
      if ((event.target as HTMLElement).closest("[data-older]") !== null) this.feed.more();
      const row = (event.target as HTMLElement).closest<HTMLElement>("[data-address]");
      if (row !== null) void this.drawer.openWallet(row.dataset.address ?? "");
    });
    window.addEventListener("hashchange", () => this.followHash());
    document.addEventListener("visibilitychange", () => {
      this.look();
      if (document.hidden) return;
      this.refreshFigures();
      this.refreshStored();
    });
    listenToKeys({
      search: () => this.search.focus(),
      range: (index) => this.setRange(RANGES[index] ?? "all"),
      pan: (time, price) => this.picture.pan(time, price),
      zoom: (factor) => this.picture.zoom(factor),
      reset: () => this.picture.showRange(),
      nextMode: () => this.setMode(MODES[(MODES.indexOf(this.view.mode) + 1) % MODES.length] ?? "both"),
      nextLevels: () => this.setLevels(this.view.levels === "solo" ? "joint" : "solo"),
      nextHeld: () => this.setHeld(HELD[(HELD.indexOf(this.view.held) + 1) % HELD.length] ?? "any"),
      panel: (name) => this.tabs.open(name),
      theme: () => this.toggleTheme(),
      help: () => keys.showModal(),
      close: () => this.drawer.close(),
    });
  }

  private change(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    saveSettings(this.settings);
    this.picture.showHeat();
  }

  private toggleTheme(): void {
    this.change({ theme: this.settings.theme === "dark" ? "light" : "dark" });
    document.documentElement.dataset.theme = this.settings.theme;
    this.picture.setTheme(this.settings.theme);
    this.choose(this.chosen);
  }

  private followHash(): void {
    const next = parseHash(location.hash);
    if (formatHash(next) === formatHash(this.view)) return;
    if (next.mode !== this.view.mode) this.setMode(next.mode);
    if (next.levels !== this.view.levels) this.setLevels(next.levels);
    if (next.held !== this.view.held) this.setHeld(next.held);
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
    press(byId("held"), this.view.held);
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
    this.study.clear();
    this.candles = this.clusters = this.asymmetry = this.bands = this.frame = null;
    this.picture.clear();
    this.showAll();
    void this.feed.askLiquidations();
    this.tell(null);
    this.coinRequest?.abort();
    this.coinRequest = new AbortController();
    this.look();
    void this.loadCoin(coin, this.coinRequest.signal);
  }

  private async loadCoin(coin: string, signal: AbortSignal): Promise<void> {
    try {
      const figures = this.loadFigures(signal);
      const candles = await fetchCandles(coin, signal);
      if (signal.aborted) return;
      this.candles = candles;
      this.picture.open();
      await figures;
      void this.study.load(coin, signal);
      await this.loadCandlesOnTheWay(coin, signal);
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  /** A live map asks the exchange for the candles of a coin when somebody looks: they are there a moment later. */
  private async loadCandlesOnTheWay(coin: string, signal: AbortSignal): Promise<void> {
    if (this.status?.is_live !== true || this.candles?.source.kind !== "mark_path") return;
    await new Promise((resolve) => setTimeout(resolve, CANDLES_AFTER_MS));
    if (signal.aborted) return;
    const candles = await fetchCandles(coin, signal);
    if (signal.aborted || candles.source.kind === "mark_path") return;
    this.candles = candles;
    this.picture.open();
  }

  private async loadFigures(signal = this.coinRequest?.signal): Promise<void> {
    const coin = this.view.coin;
    if (coin === null || (document.hidden && this.clusters !== null)) return;
    try {
      const isJoint = this.view.levels === "joint";
      const [clusters, asymmetry] = await Promise.all([
        fetchClusters(coin, signal, "solo", this.view.held),
        fetchAsymmetry(coin, signal),
        isJoint ? this.joint.load(coin, signal) : null,
      ]);
      if (signal?.aborted === true) return;
      if (isJoint) this.picture.drawProfile();
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
    if (coin === null || this.candles === null || document.hidden) return;
    try {
      if (!byId("panel-coins").hidden || Date.now() - this.coinsMs > COINS_EVERY_MS) void this.loadCoins();
      const candles = await fetchCandles(coin, signal);
      if (signal?.aborted === true) return;
      this.candles = candles;
      this.picture.renewBars();
      this.picture.extendHeat();
      this.refreshStudy();
      this.showPanels();
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  private async loadStudy(): Promise<void> {
    if (this.view.coin !== null && !document.hidden) await this.study.load(this.view.coin, this.coinRequest?.signal);
  }

  private async loadCoins(): Promise<void> {
    this.coinsMs = Date.now();
    try {
      this.coins = (await fetchCoins()).coins;
      this.search.setCoins(this.coins);
      this.showPanels();
    } catch (error) {
      if (!isAbort(error)) this.tell(error);
    }
  }

  private setRange(range: RangeName): void {
    this.link({ range });
    this.picture.showRange();
  }

  private setMode(mode: Mode): void {
    this.link({ mode });
    this.picture.showHeat();
    this.look();
  }

  /** Solo or joint levels in the profile and the clusters; the map of the past stays solo. */
  private setLevels(levels: Levels): void {
    this.link({ levels });
    this.drawer.close();
    this.choose(null);
    this.showFigures();
    this.picture.drawProfile();
    if (levels === "joint") void this.loadFigures();
  }

  private setHeld(held: Held): void {
    this.link({ held });
    void this.loadFigures();
  }

  // --- stream ---

  /** Tell the server what is on screen, so that it tells no more than that. */
  private look(): void {
    const { coin, mode } = this.view;
    if (coin === null) return;
    const side = mode === "long" ? 1 : mode === "short" ? -1 : null;
    const everyMs = document.hidden ? HIDDEN_FRAMES_EVERY_MS : FRAMES_EVERY_MS;
    const look = planLook(this.stream?.look ?? null, coin, side, everyMs, this.picture.shown);
    if (this.stream !== null) {
      this.stream.watch(look);
      return;
    }
    this.stream = new FrameStream(look, {
      onMessage: (message) => this.receive(message),
      onState: (state) => {
        this.streamState = state;
        this.showStanding();
      },
    });
  }

  private receive(message: StreamMessage): void {
    if (message.type === "error") {
      this.tell(new ApiError(message.detail, 0));
      return;
    }
    if (isStudy(message)) {
      if (message.coin !== this.view.coin || document.hidden) return;
      this.refreshStudy();
      this.refreshFigures();
      return;
    }
    const storedMs = this.status?.last_ms ?? 0;
    this.status = message.status;
    this.heardMs = Date.now();
    if (message.type === "status") {
      this.showStanding();
      return;
    }
    const { frame } = message;
    if (frame.bands !== null) this.bands = new CurrentBands(frame.mark, frame.level, frame.bands);
    else if (this.bands === null || frame.changes === null) return;
    else this.bands.apply(frame.mark, frame.changes);
    this.frame = frame;
    this.picture.showMark();
    this.showHeadline();
    this.showStanding();
    if (message.type === "changes") this.refreshFigures();
    // A whole view may stand in place of changes that would have said so.
    const isStored = message.type === "changes" ? message.is_stored : message.status.last_ms > storedMs;
    if (isStored) this.refreshStored();
  }

  // --- what is shown ---

  private showAll(): void {
    this.showHeadline();
    this.showStanding();
    this.showFigures();
    this.picture.drawProfile();
  }

  private showHeadline(): void {
    this.whatIf.show(this.view.coin, this.bands?.mark ?? null);
    byId("headline-coin").textContent = this.view.coin ?? "";
    const doubt = this.frame?.doubt ?? [];
    const sign = doubt.length === 0 ? "" : ` ${DOUBT_SIGN} in doubt`;
    byId("headline-mark").textContent = this.bands === null ? "" : `${formatPrice(this.bands.mark)}${sign}`;
    byId("headline-mark").title = doubt.join("; ");
    const totals = this.frame?.totals;
    byId("headline-sums").textContent =
      totals === undefined ? "" : `long ${usd(totals.long.notional)}, short ${usd(totals.short.notional)} known`;
  }

  private showStanding(): void {
    const young = youngText(this.status, this.view.coin, this.frame?.coverage ?? null);
    byId("young").hidden = young === null;
    if (young !== null) byId("young").textContent = young;
    renderStanding(byId("standing"), {
      status: this.status,
      coin: this.view.coin,
      coinCoverage: this.frame?.coverage ?? null,
      coinDoubt: this.frame?.doubt ?? [],
      stream: this.streamState,
      sources: this.feed.sources,
      heardMs: Math.max(this.heardMs, this.feed.heardMs),
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
    renderClusters(
      byId("clusters"),
      clusters,
      this.order,
      this.chosen,
      (cluster) => this.openCluster(cluster),
      this.view.held,
    );
    byId("ages-note").textContent = isJoint ? "Ages are of solo levels." : agesNote(this.clusters);
    this.showStudy();
    this.showPanels();
  }

  private showStudy(): void {
    renderCascadeBadge(byId("cascade"), this.study.cascades);
    this.picture.showMarks(this.study.marks, this.study.spans(this.clusters?.tracked ?? []));
  }

  private showPanels(): void {
    const board = byId("panel-coins");
    if (!board.hidden) renderBoard(board, this.coins, this.view.coin, (coin) => this.setCoin(coin));
    const sources = byId("panel-sources");
    if (!sources.hidden) renderSources(sources, this.feed.sources, Date.now());
    if (!byId("panel-liquidations").hidden) {
      renderLiquidations(byId("liquidations"), this.feed.liquidations, this.view.coin, this.feed.filter);
    }
    const limits = byId("panel-limits");
    if (limits.hidden) return;
    renderLimits(limits, {
      status: this.status,
      frame: this.frame,
      firstOrderShare: this.frame?.first_order_share ?? null,
    });
  }

  // --- bands and clusters ---

  private openBand(cell: Cell): void {
    const { coin } = this.view;
    if (coin === null || cell.asOfMs === null) return;
    this.choose(null);
    const title = `${coin} ${formatPrice(cell.priceLow)} – ${formatPrice(cell.priceHigh)}`;
    void this.drawer.openPositions(title, coin, { band: cell.band, level: cell.level, at: cell.asOfMs });
  }

  private openCluster(cluster: Cluster): void {
    const { coin } = this.view;
    if (coin === null) return;
    this.choose(cluster);
    // The list behind a span of prices is of solo levels; joint ones are only marked on the chart.
    if (this.view.levels === "joint") return;
    void this.drawer.openPositions(
      `${coin} ${cluster.side === 1 ? "longs" : "shorts"} near ${formatPrice(cluster.price_peak)}`,
      coin,
      {
        price_low: cluster.price_low,
        price_high: cluster.price_high,
        side: cluster.side,
      },
      (signal) => clusterLife(coin, cluster, { openWallet: (address) => void this.drawer.openWallet(address) }, signal),
    );
  }

  /** A liquidation on the map, with ways on to its band, its cluster and its account. */
  private openEvent(id: string): void {
    const event = this.study.event(id);
    const { coin } = this.view;
    if (event === null || coin === null) return;
    this.choose(null);
    const cluster = this.clusters?.clusters.find((each) => each.cluster_id === event.cluster_id) ?? null;
    const isTold = cluster !== null && event.cluster_id !== null;
    openEvent(this.drawer, coin, event, isTold ? () => this.openCluster(cluster) : null);
  }

  private choose(cluster: Cluster | null): void {
    this.chosen = cluster;
    this.picture.mark(cluster);
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
