/** What is known of the feed behind the map, asked for beside the stream: sources, and liquidations while looked at. */

import { ApiError, fetchLiquidations, fetchSources, isAbort } from "../api/client";
import type { LiquidationsAnswer, SourcesAnswer } from "../api/sources";

const SOURCES_MS = 3_000;
const LIQUIDATIONS_MS = 3_000;
const MOST_EVENTS = 200;

export class Feed {
  sources: SourcesAnswer | null = null;
  /** The answer, or why there is none. */
  liquidations: LiquidationsAnswer | string | null = null;
  private request: AbortController | null = null;
  private asked = "";

  constructor(
    private readonly wantedCoin: () => string | null,
    private readonly show: () => void,
  ) {}

  start(): void {
    void this.askSources();
    setInterval(() => {
      if (!document.hidden && this.sources?.state !== "none") void this.askLiquidations();
    }, LIQUIDATIONS_MS);
  }

  /** Of the coin that is looked at; nothing where none is. */
  async askLiquidations(): Promise<void> {
    const coin = this.wantedCoin();
    if (coin === null) return;
    if (coin !== this.asked) this.liquidations = null;
    this.asked = coin;
    this.request?.abort();
    this.request = new AbortController();
    try {
      this.liquidations = await fetchLiquidations(coin, MOST_EVENTS, this.request.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.liquidations = error instanceof ApiError ? error.message : "the server does not answer";
    }
    this.show();
  }

  /** Again and again, unless the map follows nothing: then once is enough. */
  private async askSources(): Promise<void> {
    try {
      this.sources = await fetchSources();
    } catch {
      // The standing line says that the connection is lost; this answer only grows old.
    }
    this.show();
    if (this.sources?.state !== "none") window.setTimeout(() => void this.askSources(), SOURCES_MS);
  }
}
