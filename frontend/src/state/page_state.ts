/**
 * The one state of the page: what a reader chose, what the server said last, what is on screen.
 *
 * Signals: a component or a canvas that reads one is drawn again when it changes, and nothing else is. Functions of
 * `actions.ts` set what is chosen, those in `loaders/` what the server said, the chart what is on screen.
 */

import { computed, signal } from "@preact/signals";
import { ApiError } from "../api/client";
import type { CandlesAnswer, Cluster, ClustersAnswer, CoinRow, JointNote, ScaleAnswer, Status } from "../api/schema";
import type { LiquidationsAnswer, SourcesAnswer } from "../api/sources";
import type { StreamState } from "../api/stream";
import type { CurrentBands } from "../model/bands";
import type { Camera } from "../model/camera";
import { findCluster, type Order } from "../model/cluster_list";
import type { VisibleArea } from "../model/fetch_plan";
import { ALL_LIQUIDATIONS, type LiquidationFilter } from "../model/liquidation_filter";
import type { ChartAxes, PointerPlace } from "../model/places";
import type { LinkedView } from "../model/view_hash";
import type { HeatmapWindow } from "../model/window";
import { defaultThreshold, densityScaleOf } from "../primitives/heatmap/density_scale";
import { Alerts } from "./alerts";
import { BesideClusters } from "./beside_clusters";
import { Board } from "./board";
import { cellAt, cellUntil } from "./cell_at";
import type { DrawerView } from "./drawer_view";
import { Guide } from "./guide";
import { Layers } from "./layers";
import { Measuring } from "./measuring";
import { Newest } from "./newest";
import { Replay } from "./replay";
import { isPalette, type Settings, themeOf } from "./settings";
import type { ShareSaid } from "./share";
import { Strip } from "./strip";
import { cascadesAt, eventsAt, momentAt, ofMoment } from "./then";
import { TradeTerms } from "./trade";
import { Twin } from "./twin";
import { Wallets } from "./wallets";
import { WhatIf } from "./what_if";
import { Words } from "./words";

/** Tabs of the side panel. */
export const PANELS = [
  "clusters",
  "coins",
  "liquidations",
  "what-if",
  "stop",
  "setups",
  "score",
  "sources",
  "limits",
] as const;
export type PanelName = (typeof PANELS)[number];

/** Levels of all coins moving together, once they were asked for. */
export interface JointAnswers {
  readonly bands: CurrentBands;
  readonly clusters: ClustersAnswer;
  readonly note: JointNote;
}

export class PageState {
  /** What a link carries. */
  readonly view;
  readonly coin = computed(() => this.view.value.coin);
  readonly range = computed(() => this.view.value.range);
  readonly mode = computed(() => this.view.value.mode);
  readonly levels = computed(() => this.view.value.levels);
  readonly held = computed(() => this.view.value.held);
  readonly layers = computed(() => new Set(this.view.value.layers));
  /** The moment that is looked at, ms; null: the newest. */
  readonly at = computed(() => this.view.value.at);
  readonly isEmbedded = computed(() => this.view.value.isEmbedded);
  /** What stays in the browser. */
  readonly settings;
  /** The reader's system is set to light. */
  readonly isSystemLight = signal(false);
  readonly theme = computed(() => themeOf(this.settings.value.theme, this.isSystemLight.value));
  /** Of the link, else the reader's own. */
  readonly palette = computed(() => {
    const linked = this.view.value.palette;
    return isPalette(linked) ? linked : this.settings.value.palette;
  });

  /** Accounts that are followed. */
  readonly wallets = new Wallets();
  readonly alerts = new Alerts();

  readonly panel = signal<PanelName>("clusters");
  readonly terms = new TradeTerms();
  readonly order = signal<Order>("distance");
  readonly filter = signal<LiquidationFilter>(ALL_LIQUIDATIONS);
  /** Older liquidations that are listed too. */
  readonly moreLiquidations = signal(0);
  /** The cluster marked on the chart: the one that the link names, as it is now; `openCluster` and `unchoose` set it. */
  readonly chosen = computed(() => findCluster(this.shownClusters.value?.clusters ?? [], this.view.value.cluster));
  /** The cluster that is pointed at, in the list or on the map. */
  readonly hovered = signal<Cluster | null>(null);
  /** What the drawer shows, the last of these; going back takes it away. Empty: closed. */
  readonly drawer = signal<readonly DrawerView[]>([]);
  readonly isHelpOpen = signal(false);
  readonly words = new Words();
  readonly guide = new Guide();
  readonly whatIf = new WhatIf();

  /** The first questions were answered. */
  readonly isStarted = signal(false);
  /** null: not answered yet. All but the first three are of `coin`. */
  readonly status = signal<Status | null>(null);
  readonly coins = signal<readonly CoinRow[]>([]);
  readonly sources = signal<SourcesAnswer | null>(null);
  readonly newest = new Newest();
  readonly besideClusters = new BesideClusters();
  readonly replay = new Replay();
  readonly candles = signal<CandlesAnswer | null>(null);
  readonly heat = signal<HeatmapWindow | null>(null);
  /** A window that fits the view better is on its way. */
  readonly isHeatLate = signal(false);
  /** The map of the coin was answered, or is too slow to be waited for: what stands beside it is asked for. */
  readonly isMapServed = signal(false);
  /** How hot hot is; "none": the server could not tell. */
  readonly scale = signal<ScaleAnswer | "none" | null>(null);
  readonly joint = signal<JointAnswers | null>(null);
  /** The answer, or why there is none. */
  readonly liquidations = signal<LiquidationsAnswer | string | null>(null);

  readonly streamState = signal<StreamState>("connecting");
  /** When the server was heard last, by the clock of this page. */
  readonly heardMs = signal(Date.now());
  /** The clock of this page, a second apart. */
  readonly nowMs = signal(Date.now());
  /** The map has the whole screen. */
  readonly isFull = signal(false);
  readonly isHidden = signal(document.hidden);
  readonly isBusy = signal(false);
  /** Why something is not there, in the server's words where it gave any. */
  readonly notice = signal<string | null>(null);
  /** News of the stream, counted: what rests on them is asked again. */
  readonly news = { figures: signal(0), stored: signal(0), study: signal(0) };

  /** What is on screen, as the chart says, and where it is told to go. */
  readonly visible = signal<VisibleArea | null>(null);
  /** What will be on screen once the candles for it are there; null: what is on screen is what is wanted. */
  readonly planned = signal<VisibleArea | null>(null);
  readonly camera = signal<Camera | null>(null);
  /** Counts how often the whole range was asked for. */
  readonly rangeAsked = signal(0);
  /** The chart's scales, a new one whenever they moved. */
  readonly axes = signal<ChartAxes | null>(null);
  /** Takes a picture of the chart as it is drawn, once there is a chart. */
  readonly picture = signal<(() => HTMLCanvasElement) | null>(null);
  /** How giving the map away went: said for a while. */
  readonly shareSaid = signal<ShareSaid | null>(null);
  readonly measuring = new Measuring();
  readonly pointer = signal<PointerPlace | null>(null);
  /** The cell that the pointer means. */
  readonly cell = computed(() =>
    cellUntil(
      cellAt(this.heat.value, this.pointer.value, this.axes.value, this.threshold.value),
      this.heat.value,
      this.at.value,
    ),
  );

  /** How the table of all coins is looked at. */
  readonly board = new Board();
  /** What layers show beside their switches. */
  readonly layersShown = new Layers();
  /** Context by time, under the map. */
  readonly strip = new Strip();
  readonly twin = new Twin();

  /** Densities by colour: those of the coin, the same at every zoom; of the window where the server could not tell. */
  readonly densityScale = computed(() => {
    const scale = this.scale.value;
    return densityScaleOf(scale === "none" ? null : scale, scale === "none" ? this.heat.value : null);
  });
  /** USD per 0.1 % of price from which cells are drawn. */
  readonly threshold = computed(() => {
    const own = this.settings.value.thresholds[this.coin.value ?? ""];
    return this.view.value.least ?? own ?? defaultThreshold(this.densityScale.value);
  });
  /** What was known at the moment that is looked at; null: the newest is, or it is not known. */
  readonly moment = computed(() => (this.at.value === null ? null : momentAt(this, this.at.value)));
  readonly frame = computed(() => ofMoment(this, "frame"));
  readonly bands = computed(() => ofMoment(this, "bands"));
  readonly clusters = computed(() => ofMoment(this, "clusters"));
  readonly asymmetry = computed(() => ofMoment(this, "asymmetry"));
  readonly events = computed(() => eventsAt(this));
  /** Those that are not over are known of the newest moment alone. */
  readonly sweeps = computed(() => (this.at.value === null ? this.newest.sweeps.value : null));
  readonly cascades = computed(() => cascadesAt(this));
  readonly mark = computed(() => this.bands.value?.mark ?? null);
  readonly isJoint = computed(() => this.levels.value === "joint");
  /** Clusters of the levels that are looked at. */
  readonly shownClusters = computed(() =>
    this.isJoint.value ? (this.joint.value?.clusters ?? null) : this.clusters.value,
  );
  /** Bands of the profile. */
  readonly shownBands = computed(() => (this.isJoint.value ? (this.joint.value?.bands ?? null) : this.bands.value));

  constructor(view: LinkedView, settings: Settings) {
    this.view = signal(view);
    if (view.trade !== null) this.panel.value = "stop";
    this.settings = signal(settings);
  }

  /** Say why something failed; null: it did not. */
  tell(error: unknown): void {
    this.notice.value =
      error === null ? null : error instanceof ApiError ? error.message : "The server does not answer.";
  }
}
