/** What is known of the feed behind the map, asked for beside the stream: sources, and liquidations while looked at. */

import { ApiError, fetchLiquidations, fetchSources, isAbort } from "../api/client";
import type { LiquidationsAnswer, SourcesAnswer } from "../api/sources";
import { ALL_LIQUIDATIONS, type LiquidationFilter, questionOf } from "./liquidation_filter";

/** While the panel of sources is looked at; the standing line needs them less often. */
const SOURCES_MS = 3_000;
const STANDING_MS = 10_000;
const LIQUIDATIONS_MS = 5_000;
const EVENTS = 50;
const MORE_EVENTS = 200;
/** Coins that the panel of sources lists; the standing line shows one. */
const LISTED_COINS = 12;

export class Feed {
  sources: SourcesAnswer | null = null;
  /** When they were told last, by the clock of this page. */
  heardMs = 0;
  /** The answer, or why there is none. */
  liquidations: LiquidationsAnswer | string | null = null;
  filter: LiquidationFilter = ALL_LIQUIDATIONS;
  private request: AbortController | null = null;
  private asked = "";
  private limit = EVENTS;
  private timer = 0;

  constructor(
    private readonly wantedCoin: () => string | null,
    private readonly shownCoin: () => string | null,
    private readonly isPanelOpen: () => boolean,
    private readonly show: () => void,
  ) {}

  start(): void {
    void this.askSources();
    setInterval(() => {
      // An answer on its way is waited for: asking again would drop it, and a slow one would never be shown.
      if (!document.hidden && this.sources?.state !== "none" && this.request === null) void this.askLiquidations();
    }, LIQUIDATIONS_MS);
  }

  /** The panel of sources is opened: what is at hand may be old and short. */
  look(): void {
    if (this.isPanelOpen() && this.sources !== null) void this.askSources();
  }

  /** List older ones too. */
  more(): void {
    this.limit += MORE_EVENTS;
    void this.askLiquidations();
  }

  /** List what fits another filter. */
  choose(filter: LiquidationFilter): void {
    this.filter = filter;
    this.limit = EVENTS;
    void this.askLiquidations();
  }

  /** Of the coin that is looked at, or all; nothing where none is. */
  async askLiquidations(): Promise<void> {
    const coin = this.wantedCoin();
    if (coin === null) return;
    const question = questionOf(this.filter, coin);
    const asked = JSON.stringify(question);
    if (asked !== this.asked) {
      this.limit = EVENTS;
      this.liquidations = null;
      this.show();
    }
    this.asked = asked;
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      this.liquidations = await fetchLiquidations(question, this.limit, request.signal);
    } catch (error) {
      if (request.signal.aborted || isAbort(error)) return;
      this.liquidations = error instanceof ApiError ? error.message : "the server does not answer";
    }
    this.request = null;
    this.show();
  }

  /** Again and again, unless the map follows nothing: then once is enough. */
  private async askSources(): Promise<void> {
    clearTimeout(this.timer);
    try {
      this.sources = await fetchSources(this.isPanelOpen() ? LISTED_COINS : 1, this.shownCoin());
      this.heardMs = Date.now();
    } catch {
      // The standing line says that the connection is lost; this answer only grows old.
    }
    this.show();
    clearTimeout(this.timer); // another question may have been asked meanwhile
    if (this.sources?.state === "none") return;
    const pause = this.isPanelOpen() && !document.hidden ? SOURCES_MS : STANDING_MS;
    this.timer = window.setTimeout(() => void this.askSources(), pause);
  }
}
