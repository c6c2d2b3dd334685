/** What is known of the feed behind the map, asked for beside the stream: sources, and liquidations while looked at. */

import { ApiError, fetchLiquidations, fetchSources, isAbort } from "../api/client";
import type { LiquidationsAnswer, SourcesAnswer } from "../api/sources";
import { ALL_LIQUIDATIONS, type LiquidationFilter, questionOf } from "./liquidation_filter";

const SOURCES_MS = 3_000;
const LIQUIDATIONS_MS = 3_000;
const MOST_EVENTS = 200;

export class Feed {
  sources: SourcesAnswer | null = null;
  /** When they were told last, by the clock of this page. */
  heardMs = 0;
  /** The answer, or why there is none. */
  liquidations: LiquidationsAnswer | string | null = null;
  filter: LiquidationFilter = ALL_LIQUIDATIONS;
  private request: AbortController | null = null;
  private asked = "";

  constructor(
    private readonly wantedCoin: () => string | null,
    private readonly show: () => void,
  ) {}

  start(): void {
    void this.askSources();
    setInterval(() => {
      // An answer on its way is waited for: asking again would drop it, and a slow one would never be shown.
      if (!document.hidden && this.sources?.state !== "none" && this.request === null) void this.askLiquidations();
    }, LIQUIDATIONS_MS);
  }

  /** List what fits another filter. */
  choose(filter: LiquidationFilter): void {
    this.filter = filter;
    void this.askLiquidations();
  }

  /** Of the coin that is looked at, or all; nothing where none is. */
  async askLiquidations(): Promise<void> {
    const coin = this.wantedCoin();
    if (coin === null) return;
    const question = questionOf(this.filter, coin);
    const asked = JSON.stringify(question);
    if (asked !== this.asked) {
      this.liquidations = null;
      this.show();
    }
    this.asked = asked;
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      this.liquidations = await fetchLiquidations(question, MOST_EVENTS, request.signal);
    } catch (error) {
      if (request.signal.aborted || isAbort(error)) return;
      this.liquidations = error instanceof ApiError ? error.message : "the server does not answer";
    }
    this.request = null;
    this.show();
  }

  /** Again and again, unless the map follows nothing: then once is enough. */
  private async askSources(): Promise<void> {
    try {
      this.sources = await fetchSources();
      this.heardMs = Date.now();
    } catch {
      // The standing line says that the connection is lost; this answer only grows old.
    }
    this.show();
    if (this.sources?.state !== "none") window.setTimeout(() => void this.askSources(), SOURCES_MS);
  }
}
